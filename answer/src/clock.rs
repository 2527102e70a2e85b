//! A stopwatch for the stages of one request.

use std::time::Instant;

use crate::outcome::Timings;

/// Measures one request, stage by stage.
#[derive(Debug)]
pub struct Clock {
    started: Instant,
    lap: Instant,
    laps: Vec<(&'static str, u64)>,
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
        let millis = now.duration_since(self.lap).as_millis();
        self.laps
            .push((stage, u64::try_from(millis).unwrap_or(u64::MAX)));
        self.lap = now;
    }

    /// The laps so far, by stage; a stage that did not run took no time.
    pub fn timings(&self) -> Timings {
        let of = |stage| {
            let laps = self.laps.iter().filter(|(name, _)| *name == stage);
            laps.map(|(_, millis)| millis).sum()
        };
        Timings {
            embed: of("embed"),
            search: of("search"),
            select: of("select"),
            generate: of("generate"),
            verify: of("verify"),
            total: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
        }
    }
}
