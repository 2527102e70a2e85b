//! Units of measurement: which words and symbols name the same one, and which can be converted.

/// What a number is a number of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Unit {
    /// Only units of one dimension can be converted into each other.
    dimension: &'static str,
    /// How many of the dimension's basic unit one of it is.
    factor: f64,
}

impl Unit {
    /// `value` of this unit in the basic unit of its dimension.
    pub(super) fn basic(self, value: f64) -> f64 {
        value * self.factor
    }

    /// Whether a value of the one can equal a value of the other.
    pub(super) fn converts(self, other: Self) -> bool {
        self.dimension == other.dimension
    }
}

/// Dimension, then units with their factors; the spellings of a unit are separated by blanks.
/// Spellings that are also common words or other units (`in`, `pound`, `second`) are left out.
const UNITS: &[(&str, &[(&str, f64)])] = &[
    (
        "length",
        &[
            ("nm nanometre nanometres nanometer nanometers", 1e-9),
            (
                "\u{b5}m \u{3bc}m um micron microns micrometre micrometres micrometer micrometers",
                1e-6,
            ),
            ("mm millimetre millimetres millimeter millimeters", 1e-3),
            ("cm centimetre centimetres centimeter centimeters", 1e-2),
            ("m metre metres meter meters", 1.0),
            ("km kilometre kilometres kilometer kilometers", 1e3),
            ("mi mile miles", 1609.344),
            ("ft foot feet", 0.3048),
            ("inch inches", 0.0254),
            ("yd yard yards", 0.9144),
        ],
    ),
    (
        "area",
        &[
            ("m\u{b2} m2 sqm", 1.0),
            ("km\u{b2} km2", 1e6),
            ("ha hectare hectares", 1e4),
            ("acre acres", 4046.856),
        ],
    ),
    (
        "mass",
        &[
            ("\u{b5}g \u{3bc}g ug microgram micrograms", 1e-6),
            ("mg milligram milligrams", 1e-3),
            ("g gram grams gramme grammes", 1.0),
            (
                "kg kilogram kilograms kilogramme kilogrammes kilo kilos",
                1e3,
            ),
            ("tonne tonnes ton tons", 1e6),
            ("lb lbs", 453.592),
            ("oz ounce ounces", 28.35),
        ],
    ),
    (
        "time",
        &[
            ("ms millisecond milliseconds", 1e-3),
            ("s sec secs seconds", 1.0),
            ("min mins minute minutes", 60.0),
            ("h hr hrs hour hours hourly", 3600.0),
            ("day days", 86_400.0),
            ("week weeks", 604_800.0),
        ],
    ),
    (
        "calendar",
        &[
            ("month months", 1.0),
            ("year years yr yrs", 12.0),
            ("decade decades", 120.0),
            ("century centuries", 1200.0),
        ],
    ),
    (
        "volume",
        &[
            ("ml millilitre millilitres milliliter milliliters", 1e-3),
            ("cl centilitre centilitres", 1e-2),
            ("l litre litres liter liters", 1.0),
            ("gallon gallons gal", 3.785),
            ("m\u{b3} m3", 1e3),
        ],
    ),
    (
        "money",
        &[("$ usd dollar dollars", 1.0), ("cent cents", 0.01)],
    ),
    ("euro", &[("\u{20ac} eur euro euros", 1.0)]),
    ("sterling", &[("\u{a3} gbp", 1.0), ("pence", 0.01)]),
    ("yen", &[("\u{a5} jpy yen", 1.0)]),
    ("franc", &[("chf franc francs", 1.0)]),
    ("rupee", &[("\u{20b9} inr rupee rupees", 1.0)]),
    (
        "share",
        &[
            ("% percent percentage", 1.0),
            ("\u{2030} permille mille", 0.1),
        ],
    ),
    ("celsius", &[("\u{b0}c \u{2103} celsius", 1.0)]),
    ("fahrenheit", &[("\u{b0}f \u{2109} fahrenheit", 1.0)]),
    ("kelvin", &[("kelvin kelvins", 1.0)]),
    (
        "power",
        &[
            ("mw", 1e6),
            ("w watt watts", 1.0),
            ("kw kilowatt kilowatts", 1e3),
            ("megawatt megawatts", 1e6),
            ("gw gigawatt gigawatts", 1e9),
            ("hp horsepower", 745.7),
        ],
    ),
    (
        "energy",
        &[
            ("kwh", 1.0),
            ("mwh", 1e3),
            ("wh", 1e-3),
            ("j joule joules", 2.777_8e-7),
            ("kj", 2.777_8e-4),
        ],
    ),
    (
        "voltage",
        &[
            ("mv millivolt millivolts", 1e-3),
            ("v volt volts", 1.0),
            ("kv kilovolt kilovolts", 1e3),
        ],
    ),
    (
        "current",
        &[
            ("ma milliamp milliamps", 1e-3),
            ("amp amps ampere amperes", 1.0),
        ],
    ),
    (
        "pressure",
        &[
            ("mbar millibar millibars", 1e-3),
            ("bar bars", 1.0),
            ("psi", 0.068_948),
            ("pa pascal pascals", 1e-5),
            ("kpa", 1e-2),
            ("mpa", 10.0),
            ("atm", 1.013_25),
        ],
    ),
    (
        "frequency",
        &[
            ("hz hertz", 1.0),
            ("khz kilohertz", 1e3),
            ("mhz megahertz", 1e6),
            ("ghz gigahertz", 1e9),
        ],
    ),
    (
        "data",
        &[
            ("byte bytes", 1.0),
            ("kb kilobyte kilobytes", 1e3),
            ("mb megabyte megabytes", 1e6),
            ("gb gigabyte gigabytes", 1e9),
            ("tb terabyte terabytes", 1e12),
            ("mib", 1_048_576.0),
            ("gib", 1_073_741_824.0),
        ],
    ),
    (
        "speed",
        &[
            ("km/h kmh kph", 1.0),
            ("mph", 1.609_344),
            ("m/s", 3.6),
            ("knot knots", 1.852),
        ],
    ),
    ("concentration", &[("ppm", 1.0), ("ppb", 1e-3)]),
];

impl Unit {
    /// The unit of areas (`power` 2) or volumes (3) whose edge is this length.
    pub(super) fn raised(self, power: i32) -> Option<Self> {
        let dimension = if power == 2 { "area" } else { "volume" };
        // A volume's basic unit is the litre.
        let litres = if power == 2 { 1.0 } else { 1e3 };
        (self.dimension == "length").then(|| Self {
            dimension,
            factor: self.factor.powi(power) * litres,
        })
    }
}

/// The unit that `spelling`, in any case, names.
pub(super) fn unit(spelling: &str) -> Option<Unit> {
    let lower = spelling.to_lowercase();
    UNITS.iter().find_map(|(dimension, units)| {
        units
            .iter()
            .find(|(spellings, _)| spellings.split(' ').any(|known| known == lower))
            .map(|(_, factor)| Unit {
                dimension,
                factor: *factor,
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_convert_within_their_dimension() {
        let (km, metre, kg) = (
            unit("km").unwrap(),
            unit("metres").unwrap(),
            unit("KG").unwrap(),
        );
        assert!(km.converts(metre) && !km.converts(kg));
        assert!((km.basic(2.0) - metre.basic(2000.0)).abs() < 1e-9);
        assert_eq!(unit("pumps"), None);
    }

    #[test]
    fn no_spelling_names_two_units() {
        let all = UNITS.iter().flat_map(|(_, units)| *units);
        let mut spellings: Vec<&str> = all.flat_map(|(s, _)| s.split(' ')).collect();
        let count = spellings.len();
        spellings.sort_unstable();
        spellings.dedup();
        assert_eq!(spellings.len(), count);
    }
}
