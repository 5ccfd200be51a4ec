//! Tables as comma-separated values (RFC 4180), safe to open in a spreadsheet.

/// The rows under their header, each cell quoted where it must be.
pub fn csv(header: &[String], rows: &[Vec<String>]) -> String {
    let lines = [header.to_vec()]
        .iter()
        .chain(rows)
        .map(|row| {
            let cells: Vec<String> = row.iter().map(|cell| quoted(&neutralised(cell))).collect();
            cells.join(",")
        })
        .collect::<Vec<_>>();
    // What opens without a question is read as UTF-8 for its mark.
    format!("\u{feff}{}\r\n", lines.join("\r\n"))
}

/// The address that a browser saves as a file.
pub fn data_url(csv: &str) -> String {
    format!("data:text/csv;charset=utf-8,{}", super::view::encode(csv))
}

/// A spreadsheet runs what begins like a formula; an apostrophe makes a text of it. Numbers stay numbers.
fn neutralised(cell: &str) -> String {
    let runs = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if runs && cell.parse::<f64>().is_err() {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

fn quoted(cell: &str) -> String {
    if cell.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let rows = vec![vec![
            "a,b".to_owned(),
            "say \"no\"".to_owned(),
            String::new(),
        ]];
        let header = ["One", "Two", "Three"].map(str::to_owned);
        assert_eq!(
            csv(&header, &rows),
            "\u{feff}One,Two,Three\r\n\"a,b\",\"say \"\"no\"\"\",\r\n"
        );
    }

    #[test]
    fn formulas_become_texts_and_numbers_stay() {
        for formula in [
            "=HYPERLINK(\"x\")",
            "+1+1",
            "-1+1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "－1",
        ] {
            assert!(neutralised(formula).starts_with('\''), "{formula:?}");
        }
        for text in ["-12.5", "+3", "1e6", "agent-1", "", "2026-11-25", "a=b"] {
            assert_eq!(neutralised(text), text);
        }
    }

    #[test]
    fn a_file_is_an_address() {
        let url = data_url("a,\"ö\"\r\n");
        assert_eq!(url, "data:text/csv;charset=utf-8,a%2C%22%C3%B6%22%0D%0A");
    }
}
