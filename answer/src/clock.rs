//! A stopwatch for the stages of one request.

use std::time::{Duration, Instant};

use crate::outcome::Timings;

/// Measures one request, stage by stage.
#[derive(Debug)]
pub struct Clock {
    started: Instant,
    lap: Instant,
    laps: Vec<(&'static str, Duration)>,
}

impl Clock {
    /// Starts now.
    pub fn start() -> Self {
        let now = Instant::now();
        Self {
            started: now,
            lap: now,
            laps: Vec::new(),
        }
    }

    /// Ends the running stage and calls it `stage`.
    pub fn lap(&mut self, stage: &'static str) {
        let now = Instant::now();
        self.laps.push((stage, now.duration_since(self.lap)));
        self.lap = now;
    }

    /// The laps so far, in their order.
    pub fn laps(&self) -> &[(&'static str, Duration)] {
        &self.laps
    }

    /// The laps in whole milliseconds, by stage; a stage that did not run took no time.
    pub fn timings(&self) -> Timings {
        let of = |stage| {
            let laps = self.laps.iter().filter(|(name, _)| *name == stage);
            millis(laps.map(|(_, lap)| *lap).sum())
        };
        Timings {
            embed: of("embed"),
            search: of("search"),
            select: of("select"),
            generate: of("generate"),
            verify: of("verify"),
            total: millis(self.started.elapsed()),
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
