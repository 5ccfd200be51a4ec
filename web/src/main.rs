//! The dashboard's entry in the browser.

fn main() {
    shadow_web::run();
}
