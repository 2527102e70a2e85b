//! Verdicts as JUnit XML, which every build server shows.

use std::fmt::Write;

use crate::gate::Verdict;
use crate::svg::escape;

/// One test suite called `name` with a test for each verdict.
pub fn xml(name: &str, verdicts: &[Verdict]) -> String {
    let failed = verdicts.iter().filter(|verdict| !verdict.passed()).count();
    let (name, tests) = (escape(name), verdicts.len());
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites><testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failed}\">\n"
    );
    for verdict in verdicts {
        let case = escape(&verdict.name);
        let _ = write!(xml, "<testcase classname=\"{name}\" name=\"{case}\">");
        for failure in &verdict.failures {
            let _ = write!(xml, "<failure message=\"{}\"/>", escape(failure));
        }
        let summary = escape(&verdict.summary);
        let _ = writeln!(xml, "<system-out>{summary}</system-out></testcase>");
    }
    xml.push_str("</testsuite></testsuites>\n");
    xml
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_counted_and_markup_is_escaped() {
        let verdict = |name: &str, failures: &[&str]| Verdict {
            name: name.into(),
            failures: failures.iter().map(ToString::to_string).collect(),
            summary: "0.7".into(),
            difference: None,
        };
        let xml = xml("a & b", &[verdict("map", &[]), verdict("mrr", &["1 < 2"])]);
        assert!(
            xml.contains("name=\"a &amp; b\" tests=\"2\" failures=\"1\""),
            "{xml}"
        );
        assert!(xml.contains("<failure message=\"1 &lt; 2\"/>"), "{xml}");
    }
}
