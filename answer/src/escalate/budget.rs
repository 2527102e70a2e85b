//! What calls may cost: so much in one day (UTC). A call's greatest cost is set aside before it
//! is made and put right afterwards, so that calls side by side cannot spend the same dollar
//! twice. Pure.

use std::time::{SystemTime, UNIX_EPOCH};

/// What a server takes, in dollars per million tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Prices {
    /// For a token it reads.
    pub input: f64,
    /// For a token it writes.
    pub output: f64,
}

impl Prices {
    /// Dollars for so many tokens, to a billionth.
    pub fn cost(&self, read: usize, written: usize) -> f64 {
        let dollars = (read as f64 * self.input + written as f64 * self.output) / 1e6;
        (dollars * 1e9).round() / 1e9
    }
}

/// The day of `now`, counted from 1970.
pub(super) fn day(now: SystemTime) -> u64 {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_secs() / (24 * 60 * 60)
}

/// What is left of a day's money.
#[derive(Debug)]
pub(super) struct Budget {
    per_day: f64,
    day: u64,
    spent: f64,
}

/// Money set aside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reserved {
    day: u64,
    dollars: f64,
}

impl Budget {
    /// So many dollars for each day.
    pub(super) fn new(per_day: f64) -> Self {
        Self {
            per_day,
            day: 0,
            spent: 0.0,
        }
    }

    /// Whether `dollars` more can be spent on `day`.
    pub(super) fn allows(&self, day: u64, dollars: f64) -> bool {
        let spent = if day == self.day { self.spent } else { 0.0 };
        spent + dollars <= self.per_day
    }

    /// Sets `dollars` aside on `day`.
    pub(super) fn reserve(&mut self, day: u64, dollars: f64) -> Reserved {
        if day != self.day {
            (self.day, self.spent) = (day, 0.0);
        }
        self.spent += dollars;
        Reserved { day, dollars }
    }

    /// Puts right what a call cost after all.
    pub(super) fn settle(&mut self, reserved: Reserved, dollars: f64) {
        if reserved.day == self.day {
            self.spent = (self.spent + dollars - reserved.dollars).max(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn prices_are_per_million_tokens() {
        let prices = Prices {
            input: 0.15,
            output: 0.6,
        };
        assert_eq!(prices.cost(1_000, 500), 0.00045);
        assert_eq!(Prices::default().cost(1_000, 500), 0.0);
    }

    #[test]
    fn calls_side_by_side_do_not_spend_the_same_money() {
        let mut budget = Budget::new(1.0);
        assert!(budget.allows(7, 0.6));
        let first = budget.reserve(7, 0.6);
        assert!(!budget.allows(7, 0.6));
        budget.settle(first, 0.25);
        assert!(budget.allows(7, 0.75));
        assert!(!budget.allows(7, 0.76));
    }

    #[test]
    fn each_day_has_its_own_money() {
        let mut budget = Budget::new(1.0);
        let late = budget.reserve(7, 1.0);
        assert!(!budget.allows(7, 0.1));
        assert!(budget.allows(8, 1.0));
        budget.reserve(8, 0.5);
        budget.settle(late, 0.0);
        assert!(!budget.allows(8, 0.6), "yesterday's change is not today's");
    }

    #[test]
    fn what_costs_nothing_needs_no_budget() {
        assert!(Budget::new(0.0).allows(1, 0.0));
        assert!(!Budget::new(0.0).allows(1, 0.000_001));
    }

    #[test]
    fn days_change_at_midnight_utc() {
        let at = |seconds| day(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!((at(86_399), at(86_400)), (0, 1));
    }
}
