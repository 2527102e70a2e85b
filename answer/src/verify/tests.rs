//! What is supported, what is weak and what is not, check by check.

use super::*;

#[track_caller]
fn check(claim: &str, evidence: &[&str], expected: Verdict) -> Verified {
    let evidence: Vec<Evidence<'_>> = evidence
        .iter()
        .map(|text| Evidence {
            text,
            context: "Leave policy",
            vector: &[],
        })
        .collect();
    let claim = Claim {
        text: claim,
        vector: &[],
        question: "How long is annual leave?",
    };
    let verified = verify(claim, &evidence, &TermStats::default());
    assert_eq!(verified.verdict, expected, "{verified:?}");
    verified
}

const LEAVE: &str = "Employees receive 25 days of paid annual leave each calendar year.";

#[test]
fn a_quote_is_supported_by_itself() {
    let verified = check(LEAVE, &["Lunch is at noon.", LEAVE], Verdict::Supported);
    assert_eq!(verified.evidence, [1]);
}

#[test]
fn a_rewrite_is_supported() {
    check(
        "Employees receive 25 days of paid leave.",
        &[LEAVE],
        Verdict::Supported,
    );
}

#[test]
fn corruptions_are_not() {
    check(
        "Employees receive 30 days of paid leave.",
        &[LEAVE],
        Verdict::Unsupported,
    );
    check(
        "Employees receive 25 days in Paris.",
        &[LEAVE],
        Verdict::Unsupported,
    );
    check(
        "Employees do not receive 25 days of leave.",
        &[LEAVE],
        Verdict::Unsupported,
    );
    check(
        "The cafeteria sells fresh sandwiches.",
        &[LEAVE],
        Verdict::Unsupported,
    );
    check("Anything.", &[], Verdict::Unsupported);
}

#[test]
fn a_word_for_another_in_a_quotation_is_weak() {
    let claim = "Contractors receive 25 days of paid annual leave each calendar year.";
    let verified = check(claim, &[LEAVE], Verdict::Weak);
    assert_eq!(verified.checks.replaced, ["contractors"]);
}

#[test]
fn units_dates_and_duties_are_hard_checks() {
    let rule = "Staff must return 9 kg of tools by 5 May 2025.";
    for claim in [
        "Staff must return 9 g of tools by 5 May 2025.",
        "Staff must return 9 kg of tools by 5 June 2025.",
        "Staff may return 9 kg of tools by 5 May 2025.",
    ] {
        let verified = check(claim, &[rule], Verdict::Unsupported);
        assert!(verified.support <= FAILED);
    }
    check(
        "Staff must return 9 kg of tools by 2025-05-05.",
        &[rule],
        Verdict::Supported,
    );
}

#[test]
fn two_sentences_carry_one_claim() {
    let both = [
        "The pump weighs nine kilograms.",
        "The seal is made of titanium.",
    ];
    let verified = check(
        "The pump weighs nine kilograms and its seal is titanium.",
        &both,
        Verdict::Supported,
    );
    assert_eq!(verified.evidence, [0, 1]);
}
