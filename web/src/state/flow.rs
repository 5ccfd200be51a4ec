//! Where visits flow, as rectangles and bands: the geometry of a Sankey diagram. Pages of one step are under each other,
//! a band leads from each to the pages that came next, and heights are shares of what the first step has.

use shadow_proto::metrics::v1::PathLink;

/// The size of the drawing, in its own units.
pub const WIDTH: f64 = 960.0;
/// Its height.
pub const HEIGHT: f64 = 320.0;
const NODE_WIDTH: f64 = 10.0;
const GAP: f64 = 12.0;
/// Names stand to the right of the last pages.
const MARGIN: f64 = 150.0;

/// A page of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Which step, from 1 on.
    pub step: u32,
    /// The page; empty stands for all that are not told apart.
    pub page: String,
    /// The visits that pass it on the way to or from another page.
    pub sessions: u64,
    /// Its left edge.
    pub x: f64,
    /// Its upper edge.
    pub y: f64,
    /// Its height.
    pub height: f64,
}

/// A band from a page to the next.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// What flows.
    pub link: PathLink,
    /// The line along its middle, as a path of SVG.
    pub path: String,
    /// How thick it is.
    pub thickness: f64,
}

/// A diagram.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Flow {
    /// By step, the largest first.
    pub nodes: Vec<Node>,
    /// In the order of the links.
    pub bands: Vec<Band>,
}

/// How wide a page is drawn.
pub fn node_width() -> f64 {
    NODE_WIDTH
}

/// Lays links out.
pub fn flow(links: &[PathLink]) -> Flow {
    let steps = links.iter().map(|link| link.step + 1).max().unwrap_or(0);
    let mut nodes: Vec<Node> = Vec::new();
    for step in 1..=steps {
        let mut pages: Vec<Node> = Vec::new();
        for link in links {
            // A page has what arrives or what leaves, whichever is more: visits begin and end anywhere.
            let page = match link.step {
                one if one == step => &link.from,
                one if one + 1 == step => &link.to,
                _ => continue,
            };
            if pages.iter().any(|node| node.page == *page) {
                continue;
            }
            let sum = |through: &dyn Fn(&PathLink) -> bool| {
                links
                    .iter()
                    .filter(|link| through(link))
                    .map(|link| link.sessions)
                    .sum::<u64>()
            };
            let leaving = sum(&|link| link.step == step && link.from == *page);
            let arriving = sum(&|link| link.step + 1 == step && link.to == *page);
            pages.push(Node {
                step,
                page: page.clone(),
                sessions: leaving.max(arriving),
                x: 0.0,
                y: 0.0,
                height: 0.0,
            });
        }
        pages.sort_by(|a, b| {
            (a.page.is_empty(), std::cmp::Reverse(a.sessions))
                .cmp(&(b.page.is_empty(), std::cmp::Reverse(b.sessions)))
        });
        nodes.extend(pages);
    }
    place(&mut nodes, steps);
    let bands = bands(links, &nodes);
    Flow { nodes, bands }
}

/// One scale for all steps, such that the fullest one fits.
fn place(nodes: &mut [Node], steps: u32) {
    let of = |step: u32, nodes: &[Node]| {
        let step = nodes.iter().filter(|node| node.step == step);
        let gaps = step.clone().count().saturating_sub(1) as f64 * GAP;
        (step.map(|node| node.sessions).sum::<u64>() as f64, gaps)
    };
    let scale = (1..=steps)
        .map(|step| of(step, nodes))
        .filter(|(sessions, _)| *sessions > 0.0)
        .map(|(sessions, gaps)| (HEIGHT - gaps).max(HEIGHT / 4.0) / sessions)
        .fold(f64::INFINITY, f64::min);
    let between = (WIDTH - MARGIN - NODE_WIDTH) / f64::from(steps.saturating_sub(1).max(1));
    let (mut step, mut y) = (0, 0.0);
    for node in nodes {
        if node.step != step {
            (step, y) = (node.step, 0.0);
        }
        node.x = f64::from(node.step - 1) * between;
        node.y = y;
        node.height = (node.sessions as f64 * scale).max(1.0);
        y += node.height + GAP;
    }
}

/// Bands leave and arrive under each other, in the order in which the pages stand.
fn bands(links: &[PathLink], nodes: &[Node]) -> Vec<Band> {
    let at = |step: u32, page: &str| {
        nodes
            .iter()
            .position(|node| node.step == step && node.page == page)
    };
    let mut left: Vec<f64> = nodes.iter().map(|node| node.y).collect();
    let mut arrived = left.clone();
    let mut order: Vec<(usize, usize, &PathLink)> = links
        .iter()
        .filter_map(|link| {
            Some((
                at(link.step, &link.from)?,
                at(link.step + 1, &link.to)?,
                link,
            ))
        })
        .collect();
    order.sort_by_key(|(from, to, _)| (*from, *to));
    order
        .into_iter()
        .map(|(from, to, link)| {
            let one = &nodes[from];
            let thickness = one.height * link.sessions as f64 / one.sessions.max(1) as f64;
            let (start, end) = (left[from] + thickness / 2.0, arrived[to] + thickness / 2.0);
            left[from] += thickness;
            arrived[to] += thickness;
            let (x, to_x) = (one.x + NODE_WIDTH, nodes[to].x);
            let middle = (x + to_x) / 2.0;
            Band {
                link: link.clone(),
                path: format!("M{x:.1} {start:.1}C{middle:.1} {start:.1} {middle:.1} {end:.1} {to_x:.1} {end:.1}"),
                thickness,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(step: u32, from: &str, to: &str, sessions: u64) -> PathLink {
        PathLink {
            step,
            from: from.to_owned(),
            to: to.to_owned(),
            sessions,
        }
    }

    fn links() -> Vec<PathLink> {
        vec![
            link(1, "home", "agents", 60),
            link(1, "home", "runs", 20),
            link(1, "", "agents", 10),
            link(2, "agents", "runs", 30),
            link(2, "runs", "home", 25),
        ]
    }

    #[test]
    fn pages_of_a_step_are_under_each_other_and_the_rest_is_last() {
        let flow = flow(&links());
        let pages: Vec<_> = flow
            .nodes
            .iter()
            .map(|node| (node.step, node.page.as_str(), node.sessions))
            .collect();
        assert_eq!(
            pages,
            [
                (1, "home", 80),
                (1, "", 10),
                (2, "agents", 70),
                (2, "runs", 25),
                (3, "runs", 30),
                (3, "home", 25)
            ]
        );
        for pair in flow
            .nodes
            .windows(2)
            .filter(|pair| pair[0].step == pair[1].step)
        {
            assert!(pair[0].y + pair[0].height < pair[1].y);
            assert_eq!(pair[0].x, pair[1].x);
        }
        assert!(
            flow.nodes
                .iter()
                .all(|node| node.y + node.height <= HEIGHT + 0.01)
        );
    }

    #[test]
    fn bands_fill_what_they_leave_and_never_more_than_they_enter() {
        let flow = flow(&links());
        for node in &flow.nodes {
            let leaving: f64 = flow
                .bands
                .iter()
                .filter(|band| band.link.step == node.step && band.link.from == node.page)
                .map(|band| band.thickness)
                .sum();
            let arriving: f64 = flow
                .bands
                .iter()
                .filter(|band| band.link.step + 1 == node.step && band.link.to == node.page)
                .map(|band| band.thickness)
                .sum();
            assert!(
                leaving <= node.height + 0.01 && arriving <= node.height + 0.01,
                "{node:?}"
            );
        }
        assert_eq!(flow.bands.len(), 5);
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert_eq!(flow(&[]), Flow::default());
    }
}
