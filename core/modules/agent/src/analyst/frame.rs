//! The place in the code that a frame of a stack trace names.

use std::sync::LazyLock;

use regex::Regex;

/// How frames are written: of .NET, Java, Python, JavaScript, Ruby and PHP; function, file and line by name.
const FORMS: [&str; 6] = [
    r"^\s*at (?P<function>[\w.<>`+\[\]]+)\(.*\) in (?P<file>\S.*):line (?P<line>\d+)",
    r"^\s*at (?P<function>[\w.$<>/@]+)\((?P<file>\w+\.\w+):(?P<line>\d+)\)",
    r#"^\s*File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<function>\S+)"#,
    r"^\s*at (?:async )?(?P<function>[\w.<>$]+)(?: \[as \w+\])? \((?P<file>(?:file:)?[^():]+):(?P<line>\d+):\d+\)",
    r"^\s*(?:from )?(?P<file>\S+\.rb):(?P<line>\d+):in [`'](?P<function>[^'`]+)'",
    r"^\s*#\d+ (?P<file>\S+\.php)\((?P<line>\d+)\): (?P<function>[\w\\:>-]+)",
];

static FRAMES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let compiled = FORMS.iter().map(|form| Regex::new(form));
    compiled.filter_map(Result::ok).collect()
});

/// Returns function, file and line of a frame: `CartMerger.MergeAsync, CartMerger.cs:47`.
pub(crate) fn place(quote: &str) -> Option<String> {
    let found = FRAMES.iter().find_map(|form| form.captures(quote))?;
    let function: Vec<&str> = found["function"].rsplit('.').take(2).collect();
    let function: Vec<&str> = function.into_iter().rev().collect();
    let file = found["file"].rsplit(['/', '\\']).next()?;
    Some(format!("{}, {file}:{}", function.join("."), &found["line"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_many_languages_name_their_place() {
        for (quote, expected) in [
            (
                "   at Shop.Store.CartMerger.MergeAsync(Session s, CartItem item) in /src/CartMerger.cs:line 47",
                "CartMerger.MergeAsync, CartMerger.cs:47",
            ),
            (
                "\tat com.shop.cart.CartService.add(CartService.java:88)",
                "CartService.add, CartService.java:88",
            ),
            (
                r#"  File "/app/shop/views.py", line 12, in checkout"#,
                "checkout, views.py:12",
            ),
            (
                "    at Cart.add (/app/src/cart.js:31:17)",
                "Cart.add, cart.js:31",
            ),
            (
                "    at async add (file:///app/src/cart.js:31:17)",
                "add, cart.js:31",
            ),
            ("app/models/cart.rb:14:in `total'", "total, cart.rb:14"),
            (
                "#0 /var/www/Cart.php(22): Cart->total()",
                "Cart->total, Cart.php:22",
            ),
        ] {
            assert_eq!(place(quote).as_deref(), Some(expected), "{quote}");
        }
        assert_eq!(place("ERROR cart is empty at 10:00"), None);
    }
}
