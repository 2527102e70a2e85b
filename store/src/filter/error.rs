//! Why a filter was refused: each message names the field and the operator, and says what would
//! have been right.

/// Why a filter was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// Not the shape of a filter at all.
    #[error(
        "`filter` has a part that is {found}: each part is `field`, `op` and `value`, or one of `and`, `or`, `not`"
    )]
    Shape {
        /// What was found instead.
        found: String,
    },
    /// No such field.
    #[error(
        "`filter` names the field `{field}`: use `uri`, `title`, `media_type`, `language`, `created_at`, `updated_at`, `page` or `metadata.` and a name"
    )]
    UnknownField {
        /// The name given.
        field: String,
    },
    /// No such operator.
    #[error(
        "`filter` compares `{field}` by `{op}`: use `eq`, `ne`, `in`, `lt`, `lte`, `gt`, `gte`, `exists` or `contains`"
    )]
    UnknownOp {
        /// The field of the leaf.
        field: String,
        /// The operator given.
        op: String,
    },
    /// The operator does not take this value on this field.
    #[error("`filter` compares `{field}` by `{op}`, which needs {expected}")]
    Value {
        /// The field of the leaf.
        field: String,
        /// The operator of the leaf.
        op: String,
        /// What would have been right.
        expected: &'static str,
    },
    /// Over [`MAX_DEPTH`](super::MAX_DEPTH), [`MAX_LEAVES`](super::MAX_LEAVES) or
    /// [`MAX_VALUES`](super::MAX_VALUES).
    #[error("`filter` has more than {limit} {what}")]
    TooLarge {
        /// The limit.
        limit: usize,
        /// What is limited.
        what: &'static str,
    },
}

/// What a sender wrote, short enough for a message.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}
