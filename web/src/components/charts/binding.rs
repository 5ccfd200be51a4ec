//! The few functions of `web/charts/charts.js` that draw, and their lifetime. Neither that script nor what writes
//! options for it is in the first load: both are asked for once the page was painted.

use js_sys::{Function, Promise};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_split_helpers::{SplitLoaderError, wasm_split};
use web_sys::Element;

use super::{
    figure::{Figure, Plot, parse_unit},
    options::chart,
};
use crate::format;

#[wasm_bindgen]
extern "C" {
    /// Loads the module of charts once the page was painted; the same promise each time.
    #[wasm_bindgen(catch, js_name = shadowLoadCharts)]
    fn load() -> Result<Promise, JsValue>;

    type Module;

    #[wasm_bindgen(method, catch)]
    fn mount(this: &Module, element: &Element, format: &Function) -> Result<Handle, JsValue>;

    type Handle;

    #[wasm_bindgen(method, catch)]
    fn set(this: &Handle, option: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method)]
    fn dispose(this: &Handle);
}

/// The script of charts could not be loaded, or refused what it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NoCharts;

/// Writes the options of a chart as the script takes them.
type Write = fn(&Figure, &Plot) -> Result<JsValue, NoCharts>;

#[wasm_split(charts, fallible)]
fn writer() -> Result<Write, SplitLoaderError> {
    Ok(|figure, plot| {
        // Maps must become plain objects, and absent values null.
        chart(figure, plot)
            .serialize(&Serializer::json_compatible())
            .map_err(|_| NoCharts)
    })
}

/// A chart on an element, until it is dropped.
pub(super) struct Mounted {
    handle: Handle,
    write: Write,
    _format: Closure<dyn Fn(String, f64) -> String>,
}

impl Mounted {
    /// Loads the library, where that has not happened, and takes the element.
    pub(super) async fn on(element: &Element) -> Result<Self, NoCharts> {
        let module = JsFuture::from(load().map_err(|_| NoCharts)?)
            .await
            .map_err(|_| NoCharts)?;
        let write = writer().await.map_err(|_| NoCharts)?;
        let format = Closure::<dyn Fn(String, f64) -> String>::new(|unit: String, value: f64| {
            format::value(parse_unit(&unit), Some(value))
        });
        let handle = module
            .unchecked_ref::<Module>()
            .mount(element, format.as_ref().unchecked_ref())
            .map_err(|_| NoCharts)?;
        Ok(Self {
            handle,
            write,
            _format: format,
        })
    }

    /// Draws a chart in the place of the one before.
    pub(super) fn draw(&self, figure: &Figure, plot: &Plot) -> Result<(), NoCharts> {
        let option = (self.write)(figure, plot)?;
        self.handle.set(&option).map_err(|_| NoCharts)
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        self.handle.dispose();
    }
}
