//! Drawing: the few shapes that the plots of a report need, as SVG. Colours are classes, so
//! that the page's style decides them, for light and dark.

use std::fmt::Write;

/// A drawing in the making; coordinates are pixels from the top left.
pub(crate) struct Canvas {
    width: f64,
    height: f64,
    body: String,
}

/// Which side of its point a text lies on.
#[derive(Clone, Copy)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

impl Canvas {
    pub(crate) fn new(width: f64, height: f64) -> Self {
        Self {
            width,
            height,
            body: String::new(),
        }
    }

    pub(crate) fn line(&mut self, from: (f64, f64), to: (f64, f64), class: &str) {
        let ((x1, y1), (x2, y2)) = (from, to);
        let _ = write!(
            self.body,
            r#"<line x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}" class="{class}"/>"#
        );
    }

    /// A rectangle; `title` is shown when it is pointed at.
    pub(crate) fn rect(&mut self, at: (f64, f64), size: (f64, f64), class: &str, title: &str) {
        let ((x, y), (w, h)) = (at, size);
        let title = escape(title);
        let _ = write!(
            self.body,
            r#"<rect x="{x:.1}" y="{y:.1}" width="{w:.2}" height="{h:.1}" class="{class}"><title>{title}</title></rect>"#
        );
    }

    /// A dot; `title` is shown when it is pointed at.
    pub(crate) fn dot(&mut self, (x, y): (f64, f64), class: &str, title: &str) {
        let title = escape(title);
        let _ = write!(
            self.body,
            r#"<circle cx="{x:.1}" cy="{y:.1}" r="4" class="{class}"><title>{title}</title></circle>"#
        );
    }

    pub(crate) fn text(&mut self, (x, y): (f64, f64), anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = escape(text);
        let _ = write!(
            self.body,
            r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{text}</text>"#
        );
    }

    pub(crate) fn path(&mut self, points: &[(f64, f64)], class: &str) {
        let points: Vec<String> = points
            .iter()
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        let _ = write!(
            self.body,
            r#"<polyline points="{}" class="{class}"/>"#,
            points.join(" ")
        );
    }

    /// The drawing; `label` says what it shows to those who do not see it.
    pub(crate) fn finish(self, label: &str) -> String {
        let Self {
            width,
            height,
            body,
        } = self;
        let label = escape(label);
        format!(
            r#"<svg viewBox="0 0 {width:.0} {height:.0}" width="{width:.0}" role="img" aria-label="{label}">{body}</svg>"#
        )
    }
}

/// Maps values to pixels.
#[derive(Clone, Copy)]
pub(crate) struct Scale {
    pub(crate) values: (f64, f64),
    pub(crate) pixels: (f64, f64),
}

impl Scale {
    pub(crate) fn at(self, value: f64) -> f64 {
        let (low, high) = self.values;
        let width = if high > low { high - low } else { 1.0 };
        self.pixels.0 + (value - low) / width * (self.pixels.1 - self.pixels.0)
    }

    /// Four to ten round values within the scale.
    pub(crate) fn ticks(self) -> Vec<f64> {
        let (low, high) = self.values;
        let width = (high - low).max(1e-9);
        let power = 10f64.powf((width / 4.0).log10().floor());
        let step = [5.0, 2.0, 1.0]
            .into_iter()
            .map(|m| m * power)
            .find(|step| width / step >= 4.0)
            .unwrap_or(power);
        let first = (low / step).ceil() as i64;
        let last = (high / step + 1e-9).floor() as i64;
        (first..=last).map(|i| i as f64 * step).collect()
    }
}

/// `text` where markup is read.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(low: f64, high: f64, expected: &[f64]) {
        let scale = Scale {
            values: (low, high),
            pixels: (0.0, 1.0),
        };
        let ticks = scale.ticks();
        assert_eq!(ticks.len(), expected.len(), "{ticks:?}");
        for (tick, expected) in ticks.iter().zip(expected) {
            assert!((tick - expected).abs() < 1e-9, "{ticks:?}");
        }
    }

    #[test]
    fn ticks_are_round() {
        check(0.0, 1.0, &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
        check(
            0.61,
            0.78,
            &[0.62, 0.64, 0.66, 0.68, 0.70, 0.72, 0.74, 0.76, 0.78],
        );
        check(-1.0, 1.0, &[-1.0, -0.5, 0.0, 0.5, 1.0]);
    }

    #[test]
    fn markup_in_texts_is_shown_and_not_run() {
        let mut canvas = Canvas::new(1.0, 1.0);
        canvas.text((0.0, 0.0), Anchor::End, "<b>&\"\u{0}");
        assert!(canvas.finish("<").contains("&lt;b&gt;&amp;&quot; </text>"));
    }
}
