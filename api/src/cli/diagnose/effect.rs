//! What a suggestion does to other questions, in one line: who is better off, who is worse,
//! and what it costs.

use serde_json::Value;

use crate::cli::show::{items, text};

/// Ids that are named; more are counted.
const NAMED: usize = 8;

/// The line of `suggestion`; `None` when no other questions were given.
pub(super) fn said(suggestion: &Value) -> Option<String> {
    if let Some(reason) = suggestion["effect_reason"].as_str() {
        return Some(format!("on other questions: not measured, {reason}"));
    }
    let effect = suggestion.get("effect")?;
    let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
    let (before, after) = (&effect["before"], &effect["after"]);
    // With more passages the measure has another name, too.
    let renamed = match before["measure"] == after["measure"] {
        true => String::new(),
        false => format!("{} ", text(&after["measure"])),
    };
    Some(format!(
        "on {} other questions: {}, {}, {} {:.2} -> {renamed}{:.2} (p {:.2}), {:.0} -> {:.0} ms",
        effect["questions"],
        named(&effect["gained"], "gained"),
        named(&effect["lost"], "lost"),
        text(&before["measure"]),
        number(&before["mean"]),
        number(&after["mean"]),
        number(&effect["p"]),
        number(&before["latency_ms"]),
        number(&after["latency_ms"]),
    ))
}

fn named(ids: &Value, what: &str) -> String {
    let all: Vec<String> = items(ids).map(text).collect();
    match all.len() {
        0 => format!("0 {what}"),
        count if count > NAMED => {
            let (first, more) = (all[..NAMED].join(", "), count - NAMED);
            format!("{count} {what} ({first} and {more} more)")
        }
        count => format!("{count} {what} ({})", all.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(suggestion: &Value, expected: Option<&str>) {
        assert_eq!(said(suggestion).as_deref(), expected);
    }

    fn level(measure: &str, mean: f64, latency_ms: f64) -> Value {
        json!({ "measure": measure, "mean": mean, "latency_ms": latency_ms })
    }

    #[test]
    fn an_effect_is_one_line_and_a_missing_one_says_why() {
        check(&json!({ "text": "" }), None);
        let late = json!({ "effect": null, "effect_reason": "it is late" });
        check(&late, Some("on other questions: not measured, it is late"));
        let effect = json!({
            "questions": 79, "gained": ["q003", "q017"], "lost": ["q044"], "p": 0.75,
            "before": level("success@8", 0.81, 12.1), "after": level("success@8", 0.82, 14.0),
        });
        let line = "on 79 other questions: 2 gained (q003, q017), 1 lost (q044), \
                    success@8 0.81 -> 0.82 (p 0.75), 12 -> 14 ms";
        check(&json!({ "effect": effect }), Some(line));
    }

    #[test]
    fn many_ids_are_counted_and_another_measure_is_named() {
        let gained: Vec<String> = (1..=9).map(|i| format!("q{i}")).collect();
        let effect = json!({
            "questions": 20, "gained": gained, "lost": [], "p": 1.0,
            "before": level("success@8", 0.5, 1.0), "after": level("success@9", 0.95, 2.0),
        });
        let line = "on 20 other questions: 9 gained (q1, q2, q3, q4, q5, q6, q7, q8 and 1 more), \
                    0 lost, success@8 0.50 -> success@9 0.95 (p 1.00), 1 -> 2 ms";
        check(&json!({ "effect": effect }), Some(line));
    }
}
