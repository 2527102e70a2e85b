//! The transformations that place text on a page.

use hayro_syntax::object::Array;

/// An affine transformation, in the order PDF writes its six numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Matrix {
    a: f64,
    b: f64,
    c: f64,
    d: f64,
    e: f64,
    f: f64,
}

impl Matrix {
    /// The transformation that changes nothing.
    pub(super) const IDENTITY: Self = Self::of([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    /// The six numbers as a transformation.
    pub(super) const fn of([a, b, c, d, e, f]: [f64; 6]) -> Self {
        Self { a, b, c, d, e, f }
    }

    /// Reads six numbers.
    pub(super) fn read(numbers: &Array<'_>) -> Option<Self> {
        let numbers: Vec<f64> = numbers.iter::<f32>().map(f64::from).collect();
        Some(Self::of(numbers.try_into().ok()?))
    }

    /// A move.
    pub(super) const fn shift(x: f64, y: f64) -> Self {
        Self::of([1.0, 0.0, 0.0, 1.0, x, y])
    }

    /// This transformation, then `next`.
    pub(super) fn then(self, next: Self) -> Self {
        let Self { a, b, c, d, e, f } = self;
        Self {
            a: a * next.a + b * next.c,
            b: a * next.b + b * next.d,
            c: c * next.a + d * next.c,
            d: c * next.b + d * next.d,
            e: e * next.a + f * next.c + next.e,
            f: e * next.b + f * next.d + next.f,
        }
    }

    /// Where the origin goes.
    pub(super) fn origin(self) -> (f64, f64) {
        (self.e, self.f)
    }

    /// Where one step to the right points.
    pub(super) fn right(self) -> (f64, f64) {
        (self.a, self.b)
    }

    /// Where one step up points.
    pub(super) fn up(self) -> (f64, f64) {
        (self.c, self.d)
    }
}
