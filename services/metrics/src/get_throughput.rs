//! GetThroughput: how executions flow by the minute, and in which hours of the week.

use chrono::Utc;
use shadow_auth::Permission;
use shadow_domain::throughput::{Flow, Peak};
use shadow_domain::time::{Granularity, Range, Zone};
use shadow_domain::{catalogue, provenance};
use shadow_proto::{common::v1 as common, metrics::v1 as proto};
use shadow_query::{
    Invalid,
    throughput::{self, Flowed, Hour, ThroughputQuestion},
};
use tonic::{Request, Status};

use crate::{Metrics, about, parse, query, reply, shared};

pub(crate) async fn get_throughput(
    metrics: &Metrics,
    request: &Request<proto::GetThroughputRequest>,
) -> Result<proto::GetThroughputResponse, Status> {
    let message = request.get_ref();
    let mut wrong = Vec::new();
    let about = about::about(message.range.as_ref(), &message.workspace_ids, &mut wrong);
    let granularity = parse::keep(granularity(message.granularity), &mut wrong);
    let about = about.filter(|_| wrong.is_empty());
    let (Some(about), Some(granularity)) = (about, granularity) else {
        return Err(query::invalid(wrong));
    };
    let scope = shadow_rpc::scope(request, Permission::ViewAnalytics, &about.workspaces)?;
    let zone = query::zone(metrics, request, &scope, &about.workspaces, about.zone).await?;
    let question = ThroughputQuestion {
        range: about.range,
        zone,
        granularity,
    };
    let now = Utc::now();
    let key = shared::key("throughput", &scope, &question);
    let flowed = async {
        let (now, deadline) = (Utc::now(), shadow_rpc::remaining(request));
        throughput::throughput(&metrics.database, &scope, &question, now, deadline)
            .await
            .map_err(query::failed)
    };
    let flowed = metrics.shared.get_or(key, flowed).await?;
    let (range, open) = (&flowed.range, flowed.open_executions);
    let provenance = common::Provenance {
        snapshot_time: Some(reply::timestamp(flowed.snapshot_time)),
        last_event_time: flowed.last_event_time.map(reply::timestamp),
        effective_range: Some(reply::time_range(range, zone.name())),
        definition_version: catalogue::VERSION,
        open_executions: open,
        complete: provenance::is_complete(range, open, now),
        age: None,
        other_currencies: Vec::new(),
    };
    Ok(response(&flowed, provenance))
}

fn granularity(code: i32) -> Result<Granularity, Invalid> {
    match common::Granularity::try_from(code) {
        Ok(common::Granularity::Minute) => Ok(Granularity::Minute),
        Ok(common::Granularity::QuarterHour) => Ok(Granularity::QuarterHour),
        Ok(common::Granularity::Hour) => Ok(Granularity::Hour),
        Ok(common::Granularity::Day) => Ok(Granularity::Day),
        Ok(common::Granularity::Week) => Ok(Granularity::Week),
        Ok(common::Granularity::Month) => Ok(Granularity::Month),
        _ => Err(Invalid::new(
            "granularity",
            "must be minute, quarter hour, hour, day, week or month",
        )),
    }
}

fn response(flowed: &Flowed, provenance: common::Provenance) -> proto::GetThroughputResponse {
    let flow = &flowed.throughput;
    let buckets = flowed.buckets.iter().zip(&flow.buckets);
    let hours = flowed.week.iter().enumerate();
    proto::GetThroughputResponse {
        buckets: buckets.map(bucket).collect(),
        minutes: flow.minutes,
        opened: flow.whole.opened,
        ended: flow.whole.ended,
        peak_opened: flow.peak_opened.map(peak),
        peak_ended: flow.peak_ended.map(peak),
        open_at_start: flowed.open_at_start,
        peak_open: flow.peak_open.map(peak),
        hours: hours.map(hour).collect(),
        provenance: Some(provenance),
    }
}

fn bucket((range, flow): (&Range, &Flow)) -> proto::ThroughputBucket {
    proto::ThroughputBucket {
        start: Some(reply::timestamp(range.start)),
        end: Some(reply::timestamp(range.end)),
        opened: flow.opened,
        started: flow.started,
        ended: flow.ended,
        failed: flow.failed,
        open: flow.open,
    }
}

fn peak(peak: Peak) -> proto::Peak {
    proto::Peak {
        minute: Some(reply::timestamp(peak.minute)),
        count: peak.count,
    }
}

fn hour((at, hour): (usize, &Hour)) -> proto::WeekHour {
    proto::WeekHour {
        weekday: at as u32 / 24 + 1,
        hour: at as u32 % 24,
        hours: hour.hours,
        executions: hour.executions,
        success_rate: (hour.judged > 0).then(|| hour.completed as f64 / hour.judged as f64),
    }
}
