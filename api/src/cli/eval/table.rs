//! A report on a terminal.

use footnote_eval::answers::report::{self, Tally};
use footnote_eval::answers::short;
use footnote_eval::report::{Outcome, Report};

use crate::cli::show;

pub(super) fn print(report: &Report) {
    show::line(&format!(
        "{}: {} questions, {} more without an answer, index {}",
        report.name, report.judged, report.unanswerable, report.index_version
    ));
    show::line("");
    rankings(report);
    if let Some(primary) = report.measures.first() {
        show::line("");
        differences(report, primary);
    }
    show::line("");
    latencies(report);
    if let Some(answers) = &report.answers {
        show::line("");
        self::answers(answers);
    }
    for line in &report.unresolved {
        eprintln!("not in the index: {line}");
    }
}

fn width(report: &Report) -> usize {
    let names = report.configurations.iter().map(|o| o.name.chars().count());
    names.max().unwrap_or(0).max(12)
}

fn rankings(report: &Report) {
    let width = width(report);
    let head = report.measures.iter().map(|m| format!("{m:>11}"));
    show::line(&format!("{:width$}{}", "", head.collect::<String>()));
    for outcome in &report.configurations {
        let values = report.measures.iter();
        let values = values.map(|m| format!("{:>11.4}", outcome.values[m].mean));
        show::line(&format!(
            "{:width$}{}",
            outcome.name,
            values.collect::<String>()
        ));
    }
}

fn differences(report: &Report, primary: &str) {
    let width = width(report);
    show::line(&format!("{primary} against {}:", report.baseline));
    let versus = |o: &Outcome| o.versus.as_ref().and_then(|all| all.get(primary).copied());
    for outcome in &report.configurations {
        let Some(versus) = versus(outcome) else {
            continue;
        };
        let d = versus.difference;
        show::line(&format!(
            "{:width$}{:>+11.4}  95 % {:+.4} to {:+.4}  p {:.4}  {} better, {} worse",
            outcome.name, d.mean, d.low, d.high, versus.p_holm, versus.better, versus.worse
        ));
    }
}

fn latencies(report: &Report) {
    let width = width(report);
    show::line(&format!(
        "{:width$}{:>11}{:>11}{:>11}",
        "latency, ms", "p50", "p95", "p99"
    ));
    for outcome in &report.configurations {
        for (stage, p) in &outcome.latency_ms {
            let name = if stage == "total" {
                outcome.name.clone()
            } else {
                format!("  {stage}")
            };
            show::line(&format!(
                "{name:width$}{:>11.1}{:>11.1}{:>11.1}",
                p.p50, p.p95, p.p99
            ));
        }
    }
}

fn short(tally: short::Tally) {
    let short::Tally {
        questions,
        answered,
        given,
        exact,
        f1,
        f1_given,
        f1_all,
    } = tally;
    if answered > 0 {
        show::line(&format!(
            "{:<28}{given:>4} of {answered}: exact {exact:.3}, F1 {f1:.3}, {f1_given:.3} where given, {f1_all:.3} of all {questions}",
            "short answers"
        ));
    }
}

fn answers(report: &report::Report) {
    let row = |name: &str, tally: Tally| {
        show::line(&format!("{name:<28}{:>4} of {}", tally.right, tally.of));
    };
    row("answerable, all cited", report.answerable);
    row("unanswerable, abstained", report.unanswerable);
    row("answered, right", report.gate.answered);
    row("  without reserve", report.gate.sure);
    row("  words of it in the text", report.contains);
    if let Some(auc) = report.gate.auc {
        show::line(&format!("{:<28}{auc:.3}", "confidence, AUC"));
    }
    row("right answer in best", report.sentences.best);
    row("right answer in best three", report.sentences.best_three);
    short(report.short);
    for (tag, tally) in &report.by_tag {
        row(&format!("  {tag}"), *tally);
    }
    show::line(&format!("{:<28}{:>4}", "generated", report.generated));
    let latency = report.latency_ms;
    show::line(&format!(
        "{:<28}{} ms median, {} ms p95",
        "latency", latency.p50, latency.p95
    ));
    show::line(&format!("{:<28}{}", "wrong", report.wrong.join(" ")));
}
