//! Tells delimited rows with a header from other text.

use crate::structured::table;
use crate::time::parse_utc;

/// Whether a cell stands for a value that is not there.
pub(crate) fn is_missing(cell: &str) -> bool {
    const MARKS: [&str; 8] = ["", "null", "nan", "none", "n/a", "na", "-", "undefined"];
    MARKS.iter().any(|mark| cell.eq_ignore_ascii_case(mark))
}

/// Returns the delimiter and whether most cells below the header are numbers.
pub(crate) fn detect(lines: &[&str]) -> Option<(char, bool)> {
    let rows: Vec<&str> = lines
        .iter()
        .copied()
        .filter(|line| !line.trim().is_empty())
        .take(60)
        .collect();
    if rows.len() < 4 {
        return None;
    }
    [',', '\t', ';'].into_iter().find_map(|delimiter| {
        let columns = split(rows[0], delimiter).len();
        let same = rows
            .iter()
            .filter(|row| split(row, delimiter).len() == columns)
            .count();
        let heading = split(rows[0], delimiter);
        let named = heading
            .iter()
            .enumerate()
            .all(|(at, cell)| is_name(at, cell));
        if columns < 2 || same * 10 < rows.len() * 9 || !named {
            return None;
        }
        let cells: Vec<&str> = rows[1..]
            .iter()
            .flat_map(|row| split(row, delimiter))
            .collect();
        let numeric = cells
            .iter()
            .filter(|cell| cell.parse::<f64>().is_ok())
            .count();
        let is_numeric = numeric * 5 >= cells.len() * 2 || is_series(&rows[1..], delimiter);
        Some((delimiter, is_numeric))
    })
}

/// Whether a cell can name a column; an index in front may have no name.
fn is_name(at: usize, cell: &str) -> bool {
    let most = if cell.contains(' ') { 40 } else { 120 };
    cell.len() <= most && cell.parse::<f64>().is_err() && (at == 0 || !cell.is_empty())
}

/// Whether each row has a time, numbers, and few names that come again and again.
fn is_series(rows: &[&str], delimiter: char) -> bool {
    let mut names: Vec<Vec<&str>> = Vec::new();
    for row in rows {
        let cells = split(row, delimiter);
        let is_number = |cell: &&str| cell.parse::<f64>().is_ok() || is_missing(cell);
        let Some((_, rest)) = cells
            .split_first()
            .filter(|(time, _)| parse_utc(time).is_some())
        else {
            return false;
        };
        let (numbers, labels): (Vec<&str>, Vec<&str>) =
            rest.iter().partition(|cell| is_number(cell));
        if numbers.is_empty() || labels.iter().any(|label| label.contains(' ')) {
            return false;
        }
        if !names.contains(&labels) {
            names.push(labels);
        }
    }
    names.len() * 3 <= rows.len()
}

fn split(line: &str, delimiter: char) -> Vec<&str> {
    let cells = table::split(line, delimiter).into_iter();
    cells.map(|cell| cell.raw).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_few_names_over_time_is_numeric_and_a_log_is_not() {
        let row = |at: u32, name: &str| format!("2025-03-04T14:05:{at:02}Z,{name},{at}");
        let table = |name: &dyn Fn(u32) -> String| -> Vec<String> {
            let rows = (0..12).map(|at| row(at, &name(at)));
            ["time,service,mb".to_owned()]
                .into_iter()
                .chain(rows)
                .collect()
        };
        let numeric = |rows: Vec<String>| {
            let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
            detect(&rows).unwrap().1
        };
        assert!(numeric(table(&|_| "cart".to_owned())));
        assert!(!numeric(table(&|at| format!("/cart/{at}"))));
        assert!(!numeric(table(&|_| "request failed".to_owned())));
    }

    #[test]
    fn numeric_tables_are_told_from_others() {
        let metric = [
            "time,cpu,mem",
            "2025-03-04T14:05:00Z,1,2",
            "2025-03-04T14:05:10Z,2,2",
            "x,3,4",
        ];
        assert_eq!(detect(&metric), Some((',', true)));
        let names = ["name;team", "a;b", "c;d", "e;f"];
        assert_eq!(detect(&names), Some((';', false)));
        assert_eq!(
            detect(&["a plain, text", "with one, comma and", "another", "line"]),
            None
        );
    }
}
