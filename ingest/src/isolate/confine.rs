//! What is taken away from a worker: memory, processor time, files, network. A worker does it
//! to itself before it sees a document, once and for good, which needs no privileges and no
//! unsafe code; only processor time is granted from outside, document by document.

use std::io;

use rlimit::{Resource, setrlimit};

use super::budget::Budget;
use crate::parse::STACK_BYTES;

/// Open files a worker may have: its streams, and what text recognition needs.
const FILES: u64 = 64;

/// Memory that counts before a parser has allocated anything: the stack of its thread, and
/// some for the worker itself.
const RESERVED: u64 = STACK_BYTES as u64 + (32 << 20);

/// Takes away what no document needs. `programs` leaves the right to read files, to write
/// temporary ones and to run programs, which text recognition needs.
pub(super) fn for_good(budget: &Budget, programs: bool) -> io::Result<()> {
    setrlimit(Resource::CORE, 0, 0)?;
    setrlimit(Resource::NOFILE, FILES, FILES)?;
    setrlimit(Resource::FSIZE, budget.output_bytes, budget.output_bytes)?;
    system::limit_memory(RESERVED + budget.memory_bytes)?;
    system::cut_off(programs)
}

/// Grants the worker `pid` processor time for one more document. Past it, the system ends the
/// worker with `SIGXCPU`.
pub(super) fn grant_cpu(pid: u32, budget: &Budget) -> io::Result<()> {
    system::limit_cpu(pid, budget.cpu_seconds.max(1))
}

#[cfg(target_os = "linux")]
mod system {
    use std::fs;
    use std::io;

    use landlock::{
        ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr,
        RulesetCreatedAttr, RulesetError, Scope, path_beneath_rules,
    };
    use rlimit::{INFINITY, Resource, prlimit, setrlimit};

    /// What the rules below know to forbid; an older kernel forbids what it knows.
    const RULES: ABI = ABI::V6;

    /// Limits writable memory to what there is now and `more` bytes. Not address space: the
    /// allocator reserves a lot of that and uses little.
    pub(super) fn limit_memory(more: u64) -> io::Result<()> {
        let status = fs::read_to_string("/proc/self/status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmData:"));
        let limit = first_number(line.unwrap_or("").trim()) * 1024 + more;
        setrlimit(Resource::DATA, limit, limit)
    }

    pub(super) fn limit_cpu(pid: u32, seconds: u64) -> io::Result<()> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        // The name may hold blanks; it ends at the last bracket. User and system time are the
        // 14th and 15th field, the 12th and 13th after it.
        let times = stat.rsplit(')').next().unwrap_or("").split_whitespace();
        let ticks: u64 = times.skip(11).take(2).map(first_number).sum();
        let used = ticks.div_ceil(TICKS_PER_SECOND);
        let pid = i32::try_from(pid).map_err(io::Error::other)?;
        let limit = (used + seconds, INFINITY);
        prlimit(pid, Resource::CPU, Some(limit), None)
    }

    /// The unit of processor time that Linux shows to programs, whatever its own clock.
    const TICKS_PER_SECOND: u64 = 100;

    fn first_number(text: &str) -> u64 {
        let digits = text.split(' ').next().unwrap_or("");
        digits.trim().parse().unwrap_or(0)
    }

    /// No files, no network, no new privileges, as far as the kernel can (Landlock, Linux 5.13
    /// and later).
    pub(super) fn cut_off(programs: bool) -> io::Result<()> {
        restrict(programs).map_err(io::Error::other)
    }

    fn restrict(programs: bool) -> Result<(), RulesetError> {
        let all = AccessFs::from_all(RULES);
        let mut rules = Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(all)?
            .handle_access(AccessNet::from_all(RULES))?
            .scope(Scope::from_all(RULES))?
            .create()?;
        if programs {
            let temporary = std::env::temp_dir();
            rules = rules
                .add_rules(path_beneath_rules(["/"], AccessFs::from_read(RULES)))?
                .add_rules(path_beneath_rules([temporary.as_path()], all))?
                .add_rules(path_beneath_rules(
                    ["/dev/null"],
                    AccessFs::from_file(RULES),
                ))?;
        }
        rules.restrict_self()?;
        Ok(())
    }
}

/// Systems without Landlock and without a way to read another process's time: the limits that
/// every Unix has, and the parent's clock.
#[cfg(not(target_os = "linux"))]
mod system {
    use std::io;

    use rlimit::{Resource, setrlimit};

    /// A program of this size fits into it when it has just started.
    const PROGRAM: u64 = 4 << 30;

    pub(super) fn limit_memory(more: u64) -> io::Result<()> {
        setrlimit(Resource::AS, PROGRAM + more, PROGRAM + more)
    }

    pub(super) fn limit_cpu(_pid: u32, _seconds: u64) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn cut_off(_programs: bool) -> io::Result<()> {
        Ok(())
    }
}
