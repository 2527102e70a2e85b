//! The same work for each of many inputs, on as many threads as there are workers to do it.
//!
//! A worker takes the next input when it is done with one, the largest first, so that nobody
//! starts on a long one when the others are through. Results come in the order of the inputs
//! and do not depend on who made them, as long as all workers are alike.

use std::cmp::Reverse;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Workers that are all alike, at least one.
pub(crate) struct Lanes<W> {
    /// The one that works on the calling thread.
    pub(crate) first: W,
    others: Vec<W>,
}

impl<W: Send> Lanes<W> {
    /// `count` workers, or one where that is 0.
    pub(crate) fn open<E>(count: usize, open: impl Fn() -> Result<W, E>) -> Result<Self, E> {
        Ok(Self {
            first: open()?,
            others: (1..count).map(|_| open()).collect::<Result<_, _>>()?,
        })
    }

    /// Applies `work` to each of `inputs`; the error, if any, is that of the earliest input
    /// that failed. A panic in `work` goes on in the caller.
    pub(crate) fn map<I: Sync, O: Send, E: Send>(
        &mut self,
        inputs: &[I],
        size: impl Fn(&I) -> usize,
        work: impl Fn(&mut W, &I) -> Result<O, E> + Sync,
    ) -> Result<Vec<O>, E> {
        let mut queue: Vec<(usize, &I)> = inputs.iter().enumerate().collect();
        queue.sort_by_key(|(_, input)| Reverse(size(input)));
        let next = AtomicUsize::new(0);
        let run = |worker: &mut W| {
            let mut done = Vec::new();
            while let Some(&(place, input)) = queue.get(next.fetch_add(1, Ordering::Relaxed)) {
                done.push((place, work(worker, input)));
            }
            done
        };
        let helpers = inputs.len().saturating_sub(1);
        let mut done = thread::scope(|scope| {
            let others = self.others.iter_mut().take(helpers);
            let others: Vec<_> = others.map(|worker| scope.spawn(|| run(worker))).collect();
            let mut done = run(&mut self.first);
            for other in others {
                done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
            }
            done
        });
        done.sort_by_key(|(place, _)| *place);
        done.into_iter().map(|(_, result)| result).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lanes(count: usize) -> Lanes<()> {
        Lanes::open(count, || Ok::<_, ()>(())).unwrap()
    }

    #[track_caller]
    fn check(workers: usize, inputs: &[u32], expected: Result<Vec<u32>, u32>) {
        let double = |_: &mut (), input: &u32| match input {
            13.. => Err(*input),
            _ => Ok(input * 2),
        };
        let got = lanes(workers).map(inputs, |input| *input as usize, double);
        assert_eq!(got, expected);
    }

    #[test]
    fn results_come_in_the_order_of_the_inputs() {
        for workers in 0..4 {
            check(workers, &[], Ok(vec![]));
            check(workers, &[3], Ok(vec![6]));
            check(workers, &[3, 1, 2, 12, 4], Ok(vec![6, 2, 4, 24, 8]));
        }
    }

    #[test]
    fn the_earliest_failure_is_reported_whoever_met_one_first() {
        for workers in 0..4 {
            check(workers, &[1, 14, 2, 99], Err(14));
        }
    }

    #[test]
    fn inputs_are_worked_on_at_the_same_time() {
        let barrier = std::sync::Barrier::new(2);
        let meet = |_: &mut (), _: &()| {
            barrier.wait();
            Ok::<_, ()>(())
        };
        assert_eq!(lanes(2).map(&[(), ()], |()| 1, meet), Ok(vec![(), ()]));
    }

    #[test]
    fn a_panic_reaches_the_caller() {
        let outcome = std::panic::catch_unwind(|| {
            let fail = |_: &mut (), _: &u32| -> Result<(), ()> { panic!("on purpose") };
            lanes(2).map(&[1, 2], |_| 1, fail)
        });
        assert!(outcome.is_err());
    }
}
