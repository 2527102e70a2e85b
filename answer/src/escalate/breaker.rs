//! Keeps questions from waiting for an endpoint that fails: a circuit breaker. Forty lines of
//! our own, because the crates for it wrap futures or keep clocks of their own; this one is
//! told the time, so every transition is tested without waiting. Pure.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Calls that ended longer ago than this are forgotten.
const WINDOW: Duration = Duration::from_secs(30);
/// Calls it takes to judge.
const LEAST_CALLS: usize = 5;
/// How long the first opening lasts; each further one lasts twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(15);
/// Doublings at most: the longest pause is eight minutes.
const MOST_DOUBLINGS: u32 = 5;

/// The state of one endpoint: closed while it works, open while it is left alone.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    state: State,
    /// When calls ended, and whether they succeeded, oldest first.
    ended: VecDeque<(Instant, bool)>,
    /// Openings since a call last closed it.
    openings: u32,
}

#[derive(Debug, Default, PartialEq)]
enum State {
    #[default]
    Closed,
    /// No calls until then.
    Open(Instant),
    /// One call finds out.
    Probing,
}

/// Leave for one call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Pass {
    /// One of many.
    Call,
    /// The one that finds out whether the endpoint works again.
    Probe,
}

impl Breaker {
    /// Leave for a call at `now`, or `None` when there is to be none.
    pub(super) fn admit(&mut self, now: Instant) -> Option<Pass> {
        match self.state {
            State::Closed => Some(Pass::Call),
            State::Open(until) if now >= until => {
                self.state = State::Probing;
                Some(Pass::Probe)
            }
            State::Open(_) | State::Probing => None,
        }
    }

    /// Notes how the call with `pass` ended.
    pub(super) fn record(&mut self, pass: Pass, now: Instant, succeeded: bool) {
        match pass {
            Pass::Probe if succeeded => *self = Self::default(),
            Pass::Probe => self.open(now),
            Pass::Call => self.count(now, succeeded),
        }
    }

    /// Notes that nobody waited for the end of the call with `pass`.
    pub(super) fn abandon(&mut self, pass: Pass, now: Instant) {
        if pass == Pass::Probe {
            self.state = State::Open(now);
        }
    }

    fn count(&mut self, now: Instant, succeeded: bool) {
        self.ended.push_back((now, succeeded));
        let old = |(at, _): &(Instant, bool)| now.duration_since(*at) > WINDOW;
        while self.ended.front().is_some_and(old) {
            self.ended.pop_front();
        }
        let failed = self.ended.iter().filter(|(_, ok)| !ok).count();
        let bad = self.ended.len() >= LEAST_CALLS && failed * 2 >= self.ended.len();
        if bad && self.state == State::Closed {
            self.open(now);
        }
    }

    fn open(&mut self, now: Instant) {
        let pause = FIRST_PAUSE * 2_u32.pow(self.openings.min(MOST_DOUBLINGS));
        self.state = State::Open(now + pause);
        self.openings += 1;
        self.ended.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A breaker and a clock.
    struct Bench {
        breaker: Breaker,
        start: Instant,
    }

    impl Bench {
        fn new() -> Self {
            Self {
                breaker: Breaker::default(),
                start: Instant::now(),
            }
        }

        fn at(&self, seconds: u64) -> Instant {
            self.start + Duration::from_secs(seconds)
        }

        /// A call in second `seconds`; whether there was one.
        fn call(&mut self, seconds: u64, succeeds: bool) -> bool {
            let now = self.at(seconds);
            let pass = self.breaker.admit(now);
            pass.map(|pass| self.breaker.record(pass, now, succeeds))
                .is_some()
        }
    }

    #[test]
    fn half_of_five_failures_open_it() {
        let mut bench = Bench::new();
        let ends = [true, false, true, false, false];
        assert!(ends.iter().all(|ok| bench.call(1, *ok)));
        assert!(!bench.call(2, true));
        let mut bench = Bench::new();
        let ends = [true, true, true, false, false];
        assert!(ends.iter().all(|ok| bench.call(1, *ok)));
        assert!(bench.call(2, true));
    }

    #[test]
    fn failures_long_ago_count_no_more() {
        let mut bench = Bench::new();
        assert!((0..4).all(|_| bench.call(0, false)));
        assert!((0..4).all(|_| bench.call(31, true)));
        assert!(bench.call(32, false));
        assert!(bench.call(33, true));
    }

    #[test]
    fn one_call_finds_out_and_each_failure_doubles_the_pause() {
        let mut bench = Bench::new();
        (0..5).for_each(|_| assert!(bench.call(0, false)));
        assert!(!bench.call(14, true));
        let probe = bench.breaker.admit(bench.at(15)).unwrap();
        assert_eq!(probe, Pass::Probe);
        assert_eq!(bench.breaker.admit(bench.at(15)), None);
        bench.breaker.record(probe, bench.at(15), false);
        assert!(!bench.call(44, true));
        assert!(bench.call(45, true));
        assert!(bench.call(45, false), "closed again");
        (0..4).for_each(|_| assert!(bench.call(46, false)));
        assert!(!bench.call(60, true), "the pause starts small again");
        assert!(bench.call(61, true));
    }

    #[test]
    fn pauses_end_after_eight_minutes_however_often_it_failed() {
        let mut bench = Bench::new();
        (0..5).for_each(|_| assert!(bench.call(0, false)));
        let mut now = 0;
        for _ in 0..40 {
            now += 480;
            assert!(bench.call(now, false));
        }
    }

    #[test]
    fn a_probe_that_nobody_waited_for_is_made_by_the_next() {
        let mut bench = Bench::new();
        (0..5).for_each(|_| assert!(bench.call(0, false)));
        let probe = bench.breaker.admit(bench.at(15)).unwrap();
        bench.breaker.abandon(probe, bench.at(16));
        assert!(bench.call(16, true));
    }

    #[test]
    fn a_call_from_before_it_opened_changes_nothing() {
        let mut bench = Bench::new();
        let early = bench.breaker.admit(bench.at(0)).unwrap();
        (0..5).for_each(|_| assert!(bench.call(0, false)));
        bench.breaker.record(early, bench.at(1), true);
        assert!(!bench.call(2, true));
    }
}
