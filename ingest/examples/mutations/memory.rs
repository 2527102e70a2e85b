//! How much memory this process and its workers ever held, asked of the system (Linux) as the
//! run goes on: a worker is gone before it can be asked at the end.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How often workers are looked at.
const PERIOD: Duration = Duration::from_millis(50);

/// The most memory a worker was seen with, in KiB, kept up to date by a thread.
pub(crate) fn watch_workers() -> Arc<AtomicU64> {
    let most = Arc::new(AtomicU64::new(0));
    let told = Arc::clone(&most);
    std::thread::spawn(move || {
        loop {
            for child in children() {
                told.fetch_max(status(&child, "VmHWM:"), Ordering::Relaxed);
            }
            std::thread::sleep(PERIOD);
        }
    });
    most
}

/// Memory this process holds now, in KiB.
pub(crate) fn own() -> u64 {
    status("self", "VmRSS:")
}

fn children() -> Vec<String> {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten();
    let lists = threads.flatten().map(|thread| {
        let list = fs::read_to_string(thread.path().join("children"));
        list.unwrap_or_default()
    });
    lists
        .flat_map(|list| {
            list.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect()
}

fn status(process: &str, key: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    let digits = line.and_then(|line| line.split_whitespace().next());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}
