//! What a model is tried on: everyday facts of a workplace, each a sentence that answers one
//! question in a few words.

/// A sentence, a question it answers, and the answer as it stands in the sentence.
pub(super) struct Item {
    pub(super) text: &'static str,
    pub(super) question: &'static str,
    pub(super) answer: &'static str,
}

const fn item(text: &'static str, question: &'static str, answer: &'static str) -> Item {
    Item {
        text,
        question,
        answer,
    }
}

/// Neighbours are about different things: three in a row stand beside each other where a
/// model has to choose.
pub(super) const ITEMS: [Item; 24] = [
    item(
        "Visitors park on level 3 of the garage behind the canteen.",
        "On which level do visitors park?",
        "level 3",
    ),
    item(
        "The travel desk books trains for all journeys under 600 kilometres.",
        "Who books trains?",
        "The travel desk",
    ),
    item(
        "A laptop is replaced after four years of use.",
        "After how long is a laptop replaced?",
        "four years",
    ),
    item(
        "Invoices above 10,000 euros need a second signature from the controller.",
        "From which amount do invoices need a second signature?",
        "10,000 euros",
    ),
    item(
        "The fire drill takes place every March and September.",
        "When does the fire drill take place?",
        "every March and September",
    ),
    item(
        "Ms Okafor leads the night shift at the Antwerp terminal.",
        "Who leads the night shift at the Antwerp terminal?",
        "Ms Okafor",
    ),
    item(
        "Backups of the ledger are kept for 90 days in a second data centre.",
        "For how long are backups of the ledger kept?",
        "90 days",
    ),
    item(
        "New badges are printed at the reception of building C.",
        "Where are new badges printed?",
        "the reception of building C",
    ),
    item(
        "The canteen serves lunch from 11:45 until 13:30 on working days.",
        "Until when does the canteen serve lunch?",
        "13:30",
    ),
    item(
        "Samples that arrive warmer than 8 degrees are thrown away.",
        "Above which temperature are samples thrown away?",
        "8 degrees",
    ),
    item(
        "Because the east lift is being repaired, deliveries use the ramp in Mill Street.",
        "Which ramp do deliveries use?",
        "the ramp in Mill Street",
    ),
    item(
        "Employees choose a mentor during their first month.",
        "When do employees choose a mentor?",
        "during their first month",
    ),
    item(
        "The service hotline answers calls in Dutch, French and English.",
        "In which languages does the hotline answer calls?",
        "Dutch, French and English",
    ),
    item(
        "Overtime is paid at one and a half times the hourly rate.",
        "At what rate is overtime paid?",
        "one and a half times the hourly rate",
    ),
    item(
        "Form T-17 is used to report a lost key.",
        "Which form is used to report a lost key?",
        "Form T-17",
    ),
    item(
        "The founders, Ines Moreau and Piet Claes, sold the first scale in 1968.",
        "In which year was the first scale sold?",
        "1968",
    ),
    item(
        "Chemicals are stored in the yellow cabinets of the annex.",
        "Where are chemicals stored?",
        "the yellow cabinets of the annex",
    ),
    item(
        "The warranty on pumps lasts 36 months from the date of delivery.",
        "How long does the warranty on pumps last?",
        "36 months",
    ),
    item(
        "Remote work abroad is allowed for at most 20 days a year.",
        "How many days of remote work abroad are allowed?",
        "20 days a year",
    ),
    item(
        "The board meets on the first Tuesday of each quarter.",
        "When does the board meet?",
        "the first Tuesday of each quarter",
    ),
    item(
        "A forgotten password is reset by the help desk within one hour.",
        "Who resets a forgotten password?",
        "the help desk",
    ),
    item(
        "Trucks of more than 18 tonnes enter through gate 5.",
        "Through which gate do trucks of more than 18 tonnes enter?",
        "gate 5",
    ),
    item(
        "The library lends each colleague up to six books at a time.",
        "How many books does the library lend at a time?",
        "six books",
    ),
    item(
        "Noise in the press hall must stay below 85 decibels.",
        "Below which level must noise in the press hall stay?",
        "85 decibels",
    ),
];
