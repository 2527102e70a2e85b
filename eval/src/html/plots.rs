//! The plots of a report: measure by configuration, difference by question, recall by depth,
//! latency by configuration.

use crate::report::{Outcome, Report};
use crate::svg::{Anchor, Canvas, Scale};

const WIDTH: f64 = 760.0;
/// Room for names at the left, and for half a label at the right.
const LEFT: f64 = 170.0;
const RIGHT: f64 = 40.0;
const ROW: f64 = 30.0;
const PLOT: f64 = 240.0;
/// Colours that the style has.
const COLOURS: usize = 8;

fn colour(i: usize) -> String {
    format!("c{}", i % COLOURS)
}

/// One row a configuration: the mean of the primary measure and its interval.
pub(super) fn values(report: &Report) -> String {
    let Some(measure) = report.measures.first() else {
        return String::new();
    };
    let all = report.configurations.iter().map(|o| o.values[measure]);
    let low = all.clone().map(|v| v.low).fold(f64::INFINITY, f64::min);
    let high = all.map(|v| v.high).fold(0.0, f64::max);
    let margin = ((high - low) * 0.1).max(0.005);
    let values = ((low - margin).max(0.0), (high + margin).min(1.0));
    let (mut canvas, x) = rows(report, values, |tick| format!("{tick:.3}"));
    for (i, outcome) in report.configurations.iter().enumerate() {
        let (value, y) = (outcome.values[measure], centre(i));
        let class = colour(i);
        canvas.line(
            (x.at(value.low), y),
            (x.at(value.high), y),
            &format!("range {class}"),
        );
        let title = format!("{} {:.4}", outcome.name, value.mean);
        canvas.dot((x.at(value.mean), y), &class, &title);
        canvas.text(
            (x.at(value.mean), y - 8.0),
            Anchor::Middle,
            &format!("{:.4}", value.mean),
        );
    }
    canvas.finish(&format!("{measure} by configuration"))
}

/// One row a configuration: median, 95th and 99th percentile of the whole search.
pub(super) fn latency(report: &Report) -> String {
    let total = |outcome: &Outcome| outcome.latency_ms.get("total").copied().unwrap_or_default();
    let longest = report
        .configurations
        .iter()
        .map(|o| total(o).p99)
        .fold(0.0, f64::max);
    let (mut canvas, x) = rows(report, (0.0, longest.max(0.1)), |tick| {
        format!("{} ms", plain(tick))
    });
    for (i, outcome) in report.configurations.iter().enumerate() {
        let (p, y, class) = (total(outcome), centre(i), colour(i));
        canvas.line(
            (x.at(p.p50), y),
            (x.at(p.p99), y),
            &format!("range {class}"),
        );
        canvas.line(
            (x.at(p.p95), y - 6.0),
            (x.at(p.p95), y + 6.0),
            &format!("range {class}"),
        );
        let title = format!(
            "p50 {:.1} ms, p95 {:.1} ms, p99 {:.1} ms",
            p.p50, p.p95, p.p99
        );
        canvas.dot((x.at(p.p50), y), &class, &title);
    }
    canvas.finish("Latency by configuration")
}

/// A tick as it is said: sums of steps carry digits that nobody asked for.
fn plain(tick: f64) -> f64 {
    (tick * 1e6).round() / 1e6
}

fn centre(row: usize) -> f64 {
    ROW * (row as f64 + 0.7)
}

/// A canvas with a named row for each configuration over an axis of `values`.
fn rows(report: &Report, values: (f64, f64), label: impl Fn(f64) -> String) -> (Canvas, Scale) {
    let bottom = ROW * (report.configurations.len() as f64 + 0.4);
    let mut canvas = Canvas::new(WIDTH, bottom + 24.0);
    let x = Scale {
        values,
        pixels: (LEFT, WIDTH - RIGHT),
    };
    for tick in x.ticks() {
        canvas.line((x.at(tick), 0.0), (x.at(tick), bottom), "grid");
        canvas.text((x.at(tick), bottom + 16.0), Anchor::Middle, &label(tick));
    }
    for (i, outcome) in report.configurations.iter().enumerate() {
        canvas.text((LEFT - 12.0, centre(i) + 4.0), Anchor::End, &outcome.name);
    }
    (canvas, x)
}

/// The differences of `outcome` from the baseline in the primary measure, by falling
/// difference, then by id.
pub(super) fn sorted_deltas(report: &Report, outcome: &Outcome) -> Vec<(String, f64)> {
    let base = report
        .configurations
        .iter()
        .find(|o| o.name == report.baseline);
    let (Some(measure), Some(base)) = (report.measures.first(), base) else {
        return Vec::new();
    };
    let values = outcome.by_question[measure].iter();
    let deltas = values.filter_map(|(id, value)| {
        let from = base.by_question[measure].get(id)?;
        Some((id.clone(), value - from))
    });
    let mut deltas: Vec<(String, f64)> = deltas.collect();
    deltas.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    deltas
}

/// A bar a question: what `outcome` gains or loses against the baseline.
pub(super) fn deltas(report: &Report, outcome: &Outcome) -> String {
    let deltas = sorted_deltas(report, outcome);
    let mut canvas = Canvas::new(WIDTH, PLOT + 8.0);
    let y = Scale {
        values: (-1.0, 1.0),
        pixels: (PLOT, 8.0),
    };
    for tick in y.ticks() {
        canvas.line((60.0, y.at(tick)), (WIDTH, y.at(tick)), "grid");
        canvas.text(
            (52.0, y.at(tick) + 4.0),
            Anchor::End,
            &if tick == 0.0 {
                "0".to_owned()
            } else {
                format!("{tick:+.1}")
            },
        );
    }
    let width = (WIDTH - 60.0) / deltas.len().max(1) as f64;
    let at = report
        .configurations
        .iter()
        .position(|o| o.name == outcome.name);
    let class = colour(at.unwrap_or(0));
    for (i, (id, delta)) in deltas.iter().enumerate() {
        let (top, bottom) = (y.at(delta.max(0.0)), y.at(delta.min(0.0)));
        let place = (60.0 + i as f64 * width, top);
        canvas.rect(
            place,
            (width, bottom - top),
            &class,
            &format!("{id}: {delta:+.3}"),
        );
    }
    canvas.line((60.0, y.at(0.0)), (WIDTH, y.at(0.0)), "axis");
    let measure = report.measures.first().map_or("", String::as_str);
    let label = format!(
        "{}: {measure} minus that of {}",
        outcome.name, report.baseline
    );
    canvas.text((64.0, 20.0), Anchor::Start, &label);
    canvas.finish(&label)
}

/// A line a configuration: recall against depth.
pub(super) fn recall(report: &Report) -> String {
    let mut canvas = Canvas::new(WIDTH, PLOT + 30.0);
    let depths = report
        .configurations
        .first()
        .map_or(&[][..], |o| &o.recall[..]);
    let deepest = depths.last().map_or(1, |(k, _)| *k);
    let x = Scale {
        values: (0.0, (deepest as f64).ln()),
        pixels: (60.0, WIDTH - LEFT),
    };
    let y = Scale {
        values: (0.0, 1.0),
        pixels: (PLOT, 8.0),
    };
    for tick in y.ticks() {
        canvas.line((60.0, y.at(tick)), (WIDTH - LEFT, y.at(tick)), "grid");
        canvas.text((52.0, y.at(tick) + 4.0), Anchor::End, &format!("{tick:.1}"));
    }
    for (k, _) in depths {
        canvas.text(
            (x.at((*k as f64).ln()), PLOT + 18.0),
            Anchor::Middle,
            &k.to_string(),
        );
    }
    for (i, outcome) in report.configurations.iter().enumerate() {
        let point = |(k, value): &(usize, f64)| (x.at((*k as f64).ln()), y.at(*value));
        let points: Vec<(f64, f64)> = outcome.recall.iter().map(point).collect();
        canvas.path(&points, &colour(i));
        for ((k, value), at) in outcome.recall.iter().zip(&points) {
            canvas.dot(
                *at,
                &colour(i),
                &format!("{} at {k}: {value:.4}", outcome.name),
            );
        }
        let legend = (WIDTH - LEFT + 24.0, 24.0 + 20.0 * i as f64);
        canvas.dot((legend.0 - 10.0, legend.1 - 4.0), &colour(i), &outcome.name);
        canvas.text(legend, Anchor::Start, &outcome.name);
    }
    canvas.finish("Recall by depth")
}
