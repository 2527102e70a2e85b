//! Where the weights are multiplied: on the CPU, or, in a build with the feature `cuda`, on a
//! GPU. Only the products go there, which are nearly all of the work; what lies between two of
//! them stays where it is, so that there is one decoder and not two.

use std::sync::OnceLock;

use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Result, Tensor};

/// Rows that a GPU multiplies at a time. candle has a kernel for each number of them up to
/// eight, and others beyond; each adds in an order of its own. Always eight, so that a row's
/// result does not depend on how many others were read with it.
const ROWS: usize = 8;

/// The first GPU that a build with `cuda` finds, otherwise the CPU. `CUDA_VISIBLE_DEVICES`
/// says which GPU comes first, or hides them all.
pub(super) fn device() -> &'static Device {
    static DEVICE: OnceLock<Device> = OnceLock::new();
    DEVICE.get_or_init(|| {
        Device::cuda_if_available(0).unwrap_or_else(|error| {
            tracing::warn!(%error, "no GPU can be used: the language model runs on the CPU");
            Device::Cpu
        })
    })
}

/// Where weights of this format are multiplied: CUDA kernels read quantised ones only.
pub(super) fn of(format: GgmlDType) -> &'static Device {
    match format {
        GgmlDType::F32 | GgmlDType::F16 | GgmlDType::BF16 => &Device::Cpu,
        _ => device(),
    }
}

/// `input`, rows on the CPU, times `weight`, wherever it lies.
pub(super) fn multiply(weight: &QTensor, input: &Tensor) -> Result<Tensor> {
    match weight.device() {
        Device::Cpu => input.apply_op1_no_bwd(weight),
        gpu => in_parts(weight, input, &gpu),
    }
}

fn in_parts(weight: &QTensor, input: &Tensor, device: &Device) -> Result<Tensor> {
    let rows = input.dim(0)?;
    let filled = input.pad_with_zeros(0, 0, rows.next_multiple_of(ROWS) - rows)?;
    let filled = filled.to_device(device)?;
    let parts = (0..rows).step_by(ROWS);
    let parts = parts.map(|from| filled.narrow(0, from, ROWS)?.apply_op1_no_bwd(weight));
    let whole = Tensor::cat(&parts.collect::<Result<Vec<_>>>()?, 0)?;
    whole.narrow(0, 0, rows)?.to_device(&Device::Cpu)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(rows: usize, columns: usize) -> Tensor {
        let numbers = (0..rows * columns).map(|i| (i as f32 * 0.37).sin());
        Tensor::from_iter(numbers, &Device::Cpu)
            .and_then(|numbers| numbers.reshape((rows, columns)))
            .unwrap()
    }

    /// The CPU's kernels do not look at other rows either, so the results are the same bits.
    #[test]
    fn eight_rows_at_a_time_are_all_rows_and_no_more() {
        let weight = QTensor::quantize(&wave(24, 64), GgmlDType::Q8_0).unwrap();
        for rows in [1, 7, 8, 9, 17] {
            let input = wave(rows, 64);
            let parts = in_parts(&weight, &input, &Device::Cpu).unwrap();
            let whole = multiply(&weight, &input).unwrap();
            let numbers = |tensor: &Tensor| tensor.to_vec2::<f32>().unwrap();
            assert_eq!(numbers(&parts), numbers(&whole));
        }
    }
}
