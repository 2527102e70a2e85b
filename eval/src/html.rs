//! A report as one page that needs nothing else: no script, no font, no request. It can be
//! attached to a build and opened years later.

mod plots;

use std::fmt::Write;

use crate::report::{Outcome, Report};
use crate::svg::escape;

const STYLE: &str = include_str!("html/style.css");
/// Rows of the table of questions that changed most, at either end.
const CHANGED: usize = 10;

/// The page about `report`.
pub fn page(report: &Report) -> String {
    let title = escape(&format!("Evaluation of {}", report.name));
    let mut body = String::new();
    let _ = write!(body, "<h1>{title}</h1><p>{}</p>", escape(&summary(report)));
    let primary = report.measures.first().map_or("", String::as_str);
    let caption = format!("{primary}: means over all questions with 95 % intervals (bootstrap).");
    body.push_str(&figure(&plots::values(report), &escape(&caption)));
    section(&mut body, "All measures", &measures(report));
    section(&mut body, "Differences", &differences(report));
    for outcome in report.configurations.iter().filter(|o| o.versus.is_some()) {
        let plot = plots::deltas(report, outcome);
        body.push_str(&figure(
            &plot,
            "One bar a question, sorted; point at a bar for its id.",
        ));
        body.push_str(&changed(report, outcome));
    }
    let recall = "Part of what is relevant among the first k; axis of k is logarithmic.";
    section(&mut body, "Recall", &figure(&plots::recall(report), recall));
    let latency =
        "Median (dot), 95th and 99th percentile (ends of the line); warm, one question at a time.";
    section(
        &mut body,
        "Latency",
        &figure(&plots::latency(report), latency),
    );
    section(&mut body, "Answers", &answers(report));
    section(
        &mut body,
        "Evidence that is not in the index",
        &lost(report),
    );
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head><body>{body}</body></html>\n"
    )
}

fn summary(report: &Report) -> String {
    let ranked = match report.gold {
        crate::gold::Gold::Documents => "documents",
        crate::gold::Gold::Passages => "passages",
    };
    format!(
        "{} questions judged on {ranked}, {} more have no answer; index {}; k = {}; differences are from {}.",
        report.judged, report.unanswerable, report.index_version, report.k, report.baseline
    )
}

/// A heading and what is below it; nothing for nothing.
fn section(body: &mut String, title: &str, content: &str) {
    if !content.is_empty() {
        let _ = write!(body, "<h2>{title}</h2>{content}");
    }
}

fn figure(svg: &str, caption: &str) -> String {
    format!("<figure>{svg}<figcaption>{caption}</figcaption></figure>")
}

fn table(head: &[String], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let row = |cells: &[String], tag: &str| {
        let cells: Vec<String> = cells
            .iter()
            .map(|cell| format!("<{tag}>{}</{tag}>", escape(cell)))
            .collect();
        format!("<tr>{}</tr>", cells.concat())
    };
    let rows: Vec<String> = rows.iter().map(|cells| row(cells, "td")).collect();
    format!(
        "<div class=\"wide\"><table>{}{}</table></div>",
        row(head, "th"),
        rows.concat()
    )
}

fn measures(report: &Report) -> String {
    let head = [vec![String::new()], report.measures.clone()].concat();
    let rows: Vec<Vec<String>> = report
        .configurations
        .iter()
        .map(|outcome| {
            let value = |m: &String| format!("{:.4}", outcome.values[m].mean);
            let values = report.measures.iter().map(value);
            std::iter::once(outcome.name.clone())
                .chain(values)
                .collect()
        })
        .collect();
    table(&head, &rows)
}

fn differences(report: &Report) -> String {
    let head = [
        "",
        "measure",
        "difference",
        "95 % interval",
        "p",
        "p (Holm)",
        "better",
        "worse",
    ];
    let mut rows = Vec::new();
    for outcome in &report.configurations {
        for measure in &report.measures {
            let Some(versus) = outcome.versus.as_ref().and_then(|all| all.get(measure)) else {
                continue;
            };
            let d = versus.difference;
            rows.push(vec![
                outcome.name.clone(),
                measure.clone(),
                format!("{:+.4}", d.mean),
                format!("{:+.4} to {:+.4}", d.low, d.high),
                format!("{:.4}", d.p),
                format!("{:.4}", versus.p_holm),
                versus.better.to_string(),
                versus.worse.to_string(),
            ]);
        }
    }
    table(&head.map(str::to_owned), &rows)
}

/// The questions that gained and lost most in the primary measure.
fn changed(report: &Report, outcome: &Outcome) -> String {
    let mut deltas = plots::sorted_deltas(report, outcome);
    deltas.retain(|(_, delta)| *delta != 0.0);
    let lost = deltas.iter().rev().filter(|(_, d)| *d < 0.0).take(CHANGED);
    let gained = deltas.iter().filter(|(_, d)| *d > 0.0).take(CHANGED);
    let rows: Vec<Vec<String>> = gained
        .chain(lost)
        .map(|(id, delta)| {
            let question = report.questions.get(id).cloned().unwrap_or_default();
            vec![id.clone(), format!("{delta:+.3}"), question]
        })
        .collect();
    let rows = table(&["question", "difference", ""].map(str::to_owned), &rows);
    format!("<details><summary>Questions that changed most</summary>{rows}</details>")
}

fn answers(report: &Report) -> String {
    let Some(answers) = &report.answers else {
        return String::new();
    };
    let share = |t: crate::answers::report::Tally| format!("{} of {}", t.right, t.of);
    let mut rows = vec![
        vec!["all evidence cited".to_owned(), share(answers.answerable)],
        vec![
            "abstained where nothing answers".to_owned(),
            share(answers.unanswerable),
        ],
        vec![
            "a right answer in the best sentence".to_owned(),
            share(answers.sentences.best),
        ],
        vec![
            "in one of the best three".to_owned(),
            share(answers.sentences.best_three),
        ],
    ];
    if answers.short.answered > 0 {
        let f1 = format!("{:.3}", answers.short.f1);
        rows.push(vec!["token F1 of short answers".to_owned(), f1]);
    }
    let tags = answers.by_tag.iter();
    rows.extend(tags.map(|(tag, tally)| vec![format!("tag {tag}"), share(*tally)]));
    table(&["right".to_owned(), String::new()], &rows)
}

fn lost(report: &Report) -> String {
    if report.unresolved.is_empty() {
        return String::new();
    }
    let items = report
        .unresolved
        .iter()
        .map(|line| format!("<li>{}</li>", escape(line)));
    format!("<ul>{}</ul>", items.collect::<String>())
}

#[cfg(test)]
mod tests;
