//! What the model remembers of the tokens it has read: keys and values of every layer, in
//! reading order. It can forget its end and be copied, which is all that prefixes and
//! drafts need.

/// Keys and values, `[token][head][number]` in each layer.
#[derive(Clone, Debug)]
pub(in crate::generate) struct Cache {
    layers: Vec<Memory>,
    /// Numbers per token in each list.
    width: usize,
    /// Tokens that all layers have read.
    len: usize,
}

/// One layer's part.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    pub(super) keys: Vec<f32>,
    pub(super) values: Vec<f32>,
}

impl Cache {
    /// An empty cache with room for `tokens`.
    pub(super) fn new(layers: usize, width: usize, tokens: usize) -> Self {
        let empty = || Memory {
            keys: Vec::with_capacity(tokens * width),
            values: Vec::with_capacity(tokens * width),
        };
        Self {
            layers: (0..layers).map(|_| empty()).collect(),
            width,
            len: 0,
        }
    }

    /// Tokens remembered.
    pub(in crate::generate) fn len(&self) -> usize {
        self.len
    }

    /// A copy with room for `more` tokens, so that reading them moves nothing.
    pub(in crate::generate) fn fork(&self, more: usize) -> Self {
        let mut fork = Self::new(self.layers.len(), self.width, self.len + more);
        for (number, memory) in self.layers.iter().enumerate() {
            fork.push(number, &memory.keys, &memory.values);
        }
        fork.len = self.len;
        fork
    }

    /// Forgets everything after the first `len` tokens.
    pub(in crate::generate) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
        let numbers = self.len * self.width;
        for memory in &mut self.layers {
            memory.keys.truncate(numbers);
            memory.values.truncate(numbers);
        }
    }

    /// Adds what layer `number` keeps of the tokens being read.
    pub(super) fn push(&mut self, number: usize, keys: &[f32], values: &[f32]) {
        let memory = &mut self.layers[number];
        memory.keys.extend_from_slice(keys);
        memory.values.extend_from_slice(values);
    }

    /// What layer `number` remembers, the tokens being read included.
    pub(super) fn layer(&self, number: usize) -> &Memory {
        &self.layers[number]
    }

    /// All layers have read `tokens` more.
    pub(super) fn advance(&mut self, tokens: usize) {
        self.len += tokens;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fork_goes_its_own_way() {
        let mut cache = Cache::new(1, 2, 4);
        cache.push(0, &[1.0, 2.0, 3.0, 4.0], &[5.0, 6.0, 7.0, 8.0]);
        cache.advance(2);
        let mut fork = cache.fork(1);
        fork.truncate(1);
        fork.push(0, &[9.0, 9.0], &[9.0, 9.0]);
        fork.advance(1);
        assert_eq!(cache.layer(0).keys, [1.0, 2.0, 3.0, 4.0]);
        assert_eq!(fork.layer(0).keys, [1.0, 2.0, 9.0, 9.0]);
        assert_eq!(fork.layer(0).values, [5.0, 6.0, 9.0, 9.0]);
        assert_eq!((cache.len(), fork.len()), (2, 2));
    }
}
