//! The ONNX Runtime of this process, and how its sessions are set up.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ort::environment::Environment;

use super::EmbedError;

/// The bytes of a model's file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, EmbedError> {
    fs::read(path).map_err(|source| EmbedError::Read {
        path: path.to_owned(),
        source,
    })
}

/// The one ONNX Runtime of this process, loaded on first use, without telemetry. A second
/// library is refused: the loader would ignore it without a word.
pub(crate) fn environment(library: &Path) -> Result<Environment, EmbedError> {
    static LOADED: Mutex<Option<(PathBuf, Environment)>> = Mutex::new(None);
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((path, environment)) = &*loaded {
        if path == library {
            return Ok(environment.clone());
        }
        return Err(EmbedError::SecondRuntime {
            loaded: path.clone(),
            asked: library.to_owned(),
        });
    }
    let failed = |source| EmbedError::Runtime {
        path: library.to_owned(),
        source,
    };
    let environment = ort::init_from(library)
        .map_err(|source| failed(Box::new(source)))?
        .with_name("footnote")
        .with_telemetry(false)
        .build()
        .map_err(|source| failed(Box::new(source)))?;
    *loaded = Some((library.to_owned(), environment.clone()));
    Ok(environment)
}

/// The session option that 8-bit products need on this processor, if any.
///
/// x86 processors without VNNI add two 8-bit products in 16 bits, which overflows and silently
/// spoils vectors; the option makes ONNX Runtime go a safe way. It would halve the speed where
/// VNNI adds in 32 bits, with the same result.
pub(crate) fn overflow_guard() -> Option<(&'static str, &'static str)> {
    #[cfg(target_arch = "x86_64")]
    let safe = is_x86_feature_detected!("avx512vnni") || is_x86_feature_detected!("avxvnni");
    #[cfg(not(target_arch = "x86_64"))]
    let safe = true;
    (!safe).then_some(("session.x64quantprecision", "1"))
}
