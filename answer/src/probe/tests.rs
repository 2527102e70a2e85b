//! The arithmetic of a card, and what a stored one is worth.

use super::*;

#[test]
fn every_item_answers_its_own_question() {
    for item in &ITEMS {
        let text = item.text.to_lowercase();
        assert!(
            text.contains(&item.answer.to_lowercase()),
            "{}",
            item.answer
        );
        assert_eq!(
            ITEMS.iter().filter(|other| other.text == item.text).count(),
            1
        );
    }
}

#[test]
fn a_measure_knows_good_from_bad() {
    assert_eq!(f1("gate 5", "gate 5"), 1.0);
    assert_eq!(f1("through gate", "gate 5"), 0.5);
    assert_eq!(f1("", "gate 5"), 0.0);
}

fn card(version: &str) -> Card {
    Card {
        model: model().to_string(),
        version: version.to_owned(),
        rewriting: 0.4,
        copying: 0.7,
        citing: 0.3,
        abstaining: 0.5,
        reads_per_s: 100.0,
        writes_per_s: 20.0,
    }
}

fn model() -> ModelId {
    format!("test@sha256:{}", "0".repeat(64)).parse().unwrap()
}

#[test]
fn a_card_decides_by_what_was_shown() {
    let abilities = Abilities {
        rewrites: false,
        copies: true,
    };
    assert_eq!(card(&version()).abilities(), abilities);
}

#[test]
fn a_stored_card_comes_back_unless_the_tasks_have_changed() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(Card::read(folder.path(), &model()), None);
    let current = card(&version());
    current.write(folder.path(), &model()).unwrap();
    assert_eq!(Card::read(folder.path(), &model()), Some(current));
    card("probe-0").write(folder.path(), &model()).unwrap();
    assert_eq!(Card::read(folder.path(), &model()), None);
}
