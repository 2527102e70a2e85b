//! The plan, case by case, and its laws on random folders.

use proptest::prelude::*;

use super::*;

const SETTLE: i64 = 100;
const NOW: i64 = 10_000;

fn stamp(mtime_ns: i64) -> Stamp {
    Stamp {
        size: 1,
        mtime_ns,
        ctime_ns: mtime_ns,
    }
}

/// A file that was ingested as it is.
fn ingested(stamp: Stamp) -> Known {
    Known {
        stamp: Some(stamp),
        content: Some("a".into()),
        wanted: Some("a".into()),
        exists: true,
        ..Known::default()
    }
}

/// What is planned for the only name there is, as one word.
#[track_caller]
fn check(before: Option<Stamp>, now: Option<Stamp>, known: Option<Known>, expected: &str) {
    let map = |stamp: Option<Stamp>| stamp.map(|stamp| ("f".to_owned(), stamp)).into_iter();
    let known: BTreeMap<_, _> = known
        .map(|known| ("f".to_owned(), known))
        .into_iter()
        .collect();
    let (before, now) = (map(before).collect(), map(now).collect());
    let looks = Looks {
        before: &before,
        now: &now,
        time_ns: NOW,
        settle_ns: SETTLE,
    };
    assert_eq!(words(&plan(&looks, &known, |_| false)), expected);
}

fn words(plan: &Plan) -> String {
    let parts = [
        ("same", plan.same),
        ("read", plan.read.len()),
        ("gone", plan.gone.len()),
        ("forget", plan.forget.len()),
        ("pending", plan.pending.len()),
    ];
    let found: Vec<&str> = parts
        .iter()
        .filter(|part| part.1 > 0)
        .map(|part| part.0)
        .collect();
    found.join(" ")
}

#[test]
fn a_file_is_read_when_it_is_new_or_another_and_left_alone_otherwise() {
    let (old, new) = (stamp(1), stamp(2));
    check(Some(old), Some(old), None, "read");
    check(Some(old), Some(old), Some(ingested(old)), "same");
    check(Some(new), Some(new), Some(ingested(old)), "read");
}

#[test]
fn a_file_is_left_alone_until_nobody_writes_it() {
    let (old, young, future) = (stamp(1), stamp(NOW - 1), stamp(NOW + 5_000));
    check(Some(young), Some(young), None, "pending");
    check(Some(stamp(2)), Some(old), None, "pending");
    check(None, Some(old), None, "pending");
    check(Some(future), Some(future), None, "read");
}

#[test]
fn a_document_is_deleted_when_its_file_is_missing_twice() {
    let known = ingested(stamp(1));
    check(None, None, Some(known.clone()), "gone");
    check(Some(stamp(1)), None, Some(known), "pending");
}

#[test]
fn a_document_that_is_on_its_way_out_is_waited_for_and_then_forgotten() {
    let leaving = Known {
        exists: false,
        unfinished: true,
        ..ingested(stamp(1))
    };
    check(None, None, Some(leaving.clone()), "");
    let left = Known {
        unfinished: false,
        ..leaving
    };
    check(None, None, Some(left), "forget");
}

#[test]
fn a_document_that_somebody_deleted_or_replaced_is_brought_back() {
    for wanted in [None, Some("b".to_owned())] {
        let changed = Known {
            wanted,
            ..ingested(stamp(1))
        };
        check(Some(stamp(1)), Some(stamp(1)), Some(changed), "read");
    }
}

#[test]
fn what_was_given_up_waits_for_another_file() {
    let refused = Known {
        wanted: None,
        given_up: true,
        ..ingested(stamp(1))
    };
    check(
        Some(stamp(1)),
        Some(stamp(1)),
        Some(refused.clone()),
        "same",
    );
    check(Some(stamp(2)), Some(stamp(2)), Some(refused), "read");
}

#[test]
fn what_cannot_be_seen_is_not_gone() {
    let known = BTreeMap::from([("d/f".to_owned(), ingested(stamp(1)))]);
    let empty = BTreeMap::new();
    let looks = Looks {
        before: &empty,
        now: &empty,
        time_ns: NOW,
        settle_ns: SETTLE,
    };
    let plan = plan(&looks, &known, |uri| uri.starts_with("d/"));
    assert_eq!(words(&plan), "");
}

fn stamps() -> impl Strategy<Value = BTreeMap<String, Stamp>> {
    prop::collection::btree_map("[a-d]", (0..3i64).prop_map(stamp), 0..4)
}

fn rows() -> impl Strategy<Value = BTreeMap<String, Known>> {
    let content = || prop::option::of("[xy]");
    let row = (
        prop::option::of(0..3i64),
        content(),
        content(),
        any::<[bool; 3]>(),
    )
        .prop_map(
            |(mtime, content, wanted, [exists, unfinished, given_up])| Known {
                stamp: mtime.map(stamp),
                content,
                wanted,
                exists,
                unfinished,
                given_up,
            },
        );
    prop::collection::btree_map("[a-d]", row, 0..4)
}

proptest! {
    #[test]
    fn every_name_has_one_fate(before in stamps(), now in stamps(), known in rows()) {
        let looks = Looks { before: &before, now: &now, time_ns: NOW, settle_ns: SETTLE };
        let plan = plan(&looks, &known, |_| false);
        let mut named: Vec<&String> = [&plan.read, &plan.gone, &plan.forget, &plan.pending]
            .into_iter().flatten().collect();
        let count = named.len();
        named.sort();
        named.dedup();
        prop_assert_eq!(named.len(), count);
        for uri in &plan.gone {
            prop_assert!(!now.contains_key(uri) && !before.contains_key(uri));
        }
        let on_disk = plan.read.iter().chain(&plan.pending).filter(|uri| now.contains_key(*uri));
        prop_assert_eq!(on_disk.count() + plan.same, now.len());
    }

    /// Doing what was planned leaves nothing to plan.
    #[test]
    fn a_plan_that_was_carried_out_comes_to_rest(now in stamps(), known in rows()) {
        let looks = Looks { before: &now, now: &now, time_ns: NOW, settle_ns: SETTLE };
        let first = plan(&looks, &known, |_| false);
        let mut after = known;
        for uri in &first.read {
            after.insert(uri.clone(), ingested(now[uri]));
        }
        for uri in first.gone.iter().chain(&first.forget) {
            after.remove(uri);
        }
        let second = plan(&looks, &after, |_| false);
        prop_assert_eq!(second, Plan { same: now.len(), ..Plan::default() });
    }
}
