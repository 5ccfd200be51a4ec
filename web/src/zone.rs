//! Time zones as the browser knows them: the domain's trait over `Intl`, so that no zone tables are downloaded.

use std::{fmt, ops::Deref, rc::Rc};

use shadow_domain::time;

/// A zone that can be passed around and compared by name.
#[derive(Clone)]
pub struct Zone(Rc<dyn time::Zone>);

impl Zone {
    /// UTC.
    pub fn utc() -> Self {
        Self(Rc::new(chrono::Utc))
    }

    /// Wraps any zone.
    pub fn new(zone: impl time::Zone + 'static) -> Self {
        Self(Rc::new(zone))
    }

    /// The zone of an IANA name; UTC where this browser has none of that name.
    pub fn named(name: &str) -> Self {
        if name == "UTC" {
            return Self::utc();
        }
        open(name).unwrap_or_else(Self::utc)
    }
}

impl Deref for Zone {
    type Target = dyn time::Zone;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.0.name() == other.0.name()
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Zone").field(&self.0.name()).finish()
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn open(_: &str) -> Option<Zone> {
    None
}

#[cfg(target_arch = "wasm32")]
fn open(name: &str) -> Option<Zone> {
    browser::BrowserZone::open(name).map(Zone::new)
}

#[cfg(target_arch = "wasm32")]
mod browser {
    use std::{cell::RefCell, collections::HashMap};

    use chrono::{DateTime, NaiveDate, Utc};
    use js_sys::{Array, Function, Object, Reflect};
    use wasm_bindgen::{JsCast, JsValue};

    /// One zone of `Intl`. Offsets change at quarter-hours only, so each is asked for once.
    pub(super) struct BrowserZone {
        name: String,
        formatter: JsValue,
        parts: Function,
        known: RefCell<HashMap<i64, i32>>,
    }

    impl BrowserZone {
        pub(super) fn open(name: &str) -> Option<Self> {
            let options = Object::new();
            for (key, value) in [
                ("timeZone", name),
                ("calendar", "gregory"),
                ("numberingSystem", "latn"),
                ("hourCycle", "h23"),
                ("year", "numeric"),
                ("month", "numeric"),
                ("day", "numeric"),
                ("hour", "numeric"),
                ("minute", "numeric"),
                ("second", "numeric"),
            ] {
                Reflect::set(&options, &key.into(), &value.into()).ok()?;
            }
            let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
            let constructor: Function = Reflect::get(&intl, &"DateTimeFormat".into())
                .ok()?
                .dyn_into()
                .ok()?;
            // An unknown name throws, and is then no zone.
            let formatter =
                Reflect::construct(&constructor, &Array::of2(&"en-US".into(), &options)).ok()?;
            let parts: Function = Reflect::get(&formatter, &"formatToParts".into())
                .ok()?
                .dyn_into()
                .ok()?;
            Some(Self {
                name: name.to_owned(),
                formatter,
                parts,
                known: RefCell::default(),
            })
        }

        fn ask(&self, quarter: i64) -> Option<i32> {
            let seconds = quarter * 900;
            let parts = self
                .parts
                .call1(&self.formatter, &JsValue::from_f64(seconds as f64 * 1e3))
                .ok()?;
            let (mut year, mut fields) = (0, [0_u32; 5]);
            for part in parts.dyn_into::<Array>().ok()?.iter() {
                let text = |key: &str| Reflect::get(&part, &key.into()).ok()?.as_string();
                let value = text("value")?;
                let place = match text("type")?.as_str() {
                    "year" => {
                        year = value.parse().ok()?;
                        continue;
                    }
                    "month" => 0,
                    "day" => 1,
                    "hour" => 2,
                    "minute" => 3,
                    "second" => 4,
                    _ => continue,
                };
                fields[place] = value.parse().ok()?;
            }
            let [month, day, hour, minute, second] = fields;
            let local =
                NaiveDate::from_ymd_opt(year, month, day)?.and_hms_opt(hour, minute, second)?;
            i32::try_from(local.and_utc().timestamp() - seconds).ok()
        }
    }

    impl super::time::Zone for BrowserZone {
        fn name(&self) -> &str {
            &self.name
        }

        fn offset_seconds(&self, at: DateTime<Utc>) -> i32 {
            let quarter = at.timestamp().div_euclid(900);
            if let Some(known) = self.known.borrow().get(&quarter) {
                return *known;
            }
            let offset = self.ask(quarter).unwrap_or(0);
            self.known.borrow_mut().insert(quarter, offset);
            offset
        }
    }
}

/// Every zone that this browser knows, in its order.
pub fn names() -> Vec<String> {
    #[cfg(target_arch = "wasm32")]
    {
        use js_sys::{Intl, JsString};
        Intl::supported_values_of(Intl::SupportedValuesKey::TimeZone)
            .iter()
            .map(|name: JsString| String::from(name))
            .collect()
    }
    #[cfg(not(target_arch = "wasm32"))]
    Vec::new()
}
