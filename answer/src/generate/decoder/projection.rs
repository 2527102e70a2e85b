//! Multiplying by weights. Matrices that read the same input are multiplied together, and an
//! input may be wider than the model's: see [`crate::generate::prepare`] for why.

use candle_core::quantized::QTensor;
use candle_core::{Device, Result, Tensor, bail};

use crate::generate::device;

/// `N` matrices with a common input.
pub(super) struct Projection<const N: usize> {
    parts: [Part; N],
}

/// One matrix, `[outputs, inputs]`, and what is added to its result.
pub(super) struct Part {
    pub(super) weight: QTensor,
    pub(super) bias: Option<Vec<f32>>,
}

impl Projection<1> {
    /// The only matrix.
    pub(super) fn weight(&self) -> &QTensor {
        let [part] = &self.parts;
        &part.weight
    }
}

impl<const N: usize> Projection<N> {
    /// Checks that the matrices go together and read rows of at least `inputs` numbers.
    pub(super) fn new(parts: [Part; N], inputs: usize) -> Result<Self> {
        let projection = Self { parts };
        let width = projection.width();
        for Part { weight, bias } in &projection.parts {
            let (rows, columns) = weight.shape().dims2()?;
            let biased = bias.as_ref().is_none_or(|bias| bias.len() == rows);
            if columns < inputs || columns != width || !biased {
                bail!("a weight of {rows} rows and {columns} columns does not fit {inputs} inputs");
            }
        }
        Ok(projection)
    }

    /// Numbers per input row; those past the model's own must be zero.
    pub(super) fn width(&self) -> usize {
        let columns = self
            .parts
            .first()
            .and_then(|part| part.weight.shape().dims().last());
        columns.copied().unwrap_or_default()
    }

    /// The results of all matrices for `rows` of [`width`](Self::width) numbers.
    pub(super) fn forward(&self, rows: Vec<f32>) -> Result<[Vec<f32>; N]> {
        let shape = (rows.len() / self.width(), self.width());
        let input = Tensor::from_vec(rows, shape, &Device::Cpu)?;
        let weights: Vec<&QTensor> = self.parts.iter().map(|part| &part.weight).collect();
        let outputs = products(&weights, &input)?;
        let mut results = [const { Vec::new() }; N];
        for ((result, output), part) in results.iter_mut().zip(outputs).zip(&self.parts) {
            *result = output.flatten_all()?.to_vec1()?;
            if let Some(bias) = &part.bias {
                for row in result.chunks_exact_mut(bias.len()) {
                    super::math::add(row, bias);
                }
            }
        }
        Ok(results)
    }
}

/// `input` times each of `weights`.
fn products(weights: &[&QTensor], input: &Tensor) -> Result<Vec<Tensor>> {
    match QTensor::gemv_fused_shared_lhs(weights, input)? {
        Some(outputs) => Ok(outputs),
        None => weights
            .iter()
            .map(|weight| device::multiply(weight, input))
            .collect(),
    }
}
