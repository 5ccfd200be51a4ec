//! GetRevenue: the platform's recurring revenue by calendar month. Who sees a workspace alone does not see it.

use chrono::Utc;
use shadow_auth::{Denied, Permission};
use shadow_domain::{
    revenue::{Retention, Waterfall},
    time::{IanaZone, Zone},
};
use shadow_proto::{common::v1::Provenance, metrics::v1 as proto};
use shadow_query::{
    Invalid,
    revenue::{self, CurrencyRevenue, RevenueMonth, RevenueQuestion},
};
use shadow_rpc::status;
use shadow_storage::revenue::Plan;
use tonic::{Request, Status};

use crate::{Metrics, about, get_credits::provenance, query, reply};

pub(crate) async fn get_revenue(
    metrics: &Metrics,
    request: &Request<proto::GetRevenueRequest>,
) -> Result<proto::GetRevenueResponse, Status> {
    let message = request.get_ref();
    let mut wrong = Vec::new();
    let asked = about::about(message.range.as_ref(), &[], &mut wrong);
    let margin = message.margin;
    if margin.is_some_and(|margin| !(margin > 0.0 && margin <= 1.0)) {
        wrong.push(Invalid::new("margin", "must be more than 0 and at most 1"));
    }
    let asked = asked.filter(|_| wrong.is_empty());
    let asked = asked.ok_or(wrong).map_err(query::invalid)?;
    let scope = platform(request)?;
    let zone = asked.zone.unwrap_or(IanaZone::UTC);
    let question = RevenueQuestion {
        range: asked.range,
        zone,
        margin,
    };
    let now = Utc::now();
    let deadline = shadow_rpc::remaining(request);
    let revenue = revenue::revenue(&metrics.database, &scope, &question, now, deadline)
        .await
        .map_err(query::failed)?;
    let currencies = revenue.currencies.iter().map(currency);
    Ok(proto::GetRevenueResponse {
        currencies: currencies.collect::<Result<_, Status>>()?,
        provenance: Some(Provenance {
            // The range ends now where its last month does not.
            complete: revenue.complete,
            ..provenance(
                &revenue.range,
                revenue.snapshot_time,
                revenue.last_event_time,
                zone.name(),
                now,
            )
        }),
    })
}

/// Every workspace, for callers who may see the money of all; an owner may see that of its own only, which is its bill.
pub(crate) fn platform<T>(request: &Request<T>) -> Result<shadow_auth::Scope, Status> {
    let viewer = shadow_rpc::viewer(request)?;
    let permission = Permission::ViewFinancial;
    if !viewer.platform_permissions().contains(&permission) {
        return Err(status::denied(Denied::Missing(permission)));
    }
    shadow_rpc::scope(request, permission, &[])
}

fn currency(revenue: &CurrencyRevenue) -> Result<proto::CurrencyRevenue, Status> {
    let months = revenue.months.iter().map(month);
    let plans = revenue.plans.iter().map(plan);
    Ok(proto::CurrencyRevenue {
        currency: revenue.currency.as_str().to_owned(),
        months: months.collect::<Result<_, Status>>()?,
        plans: plans.collect::<Result<_, Status>>()?,
    })
}

/// A month in its protobuf form.
pub(crate) fn month(month: &RevenueMonth) -> Result<proto::RevenueMonth, Status> {
    let end = month.waterfall.end_micros();
    let reactivated = month.reactivated_micros;
    Ok(proto::RevenueMonth {
        start: Some(reply::timestamp(month.range.start)),
        end: Some(reply::timestamp(month.range.end)),
        complete: month.complete,
        waterfall: Some(waterfall(&month.waterfall)?),
        retention: Some(retention(&month.retention)?),
        trailing_retention: Some(retention(&month.trailing)?),
        mrr_micros: reply::narrow(end)?,
        arr_micros: reply::narrow(12 * end)?,
        paying_customers: month.paying,
        arpa_micros: month.arpa_micros.map(reply::narrow).transpose()?,
        ltv_micros: month.ltv_micros.map(reply::narrow).transpose()?,
        net_churn_with_reactivation: month.retention.net_churn_with_reactivation(reactivated),
    })
}

fn waterfall(waterfall: &Waterfall) -> Result<proto::RevenueWaterfall, Status> {
    Ok(proto::RevenueWaterfall {
        start_micros: reply::narrow(waterfall.start_micros)?,
        new_micros: reply::narrow(waterfall.new_micros)?,
        reactivation_micros: reply::narrow(waterfall.reactivation_micros)?,
        expansion_micros: reply::narrow(waterfall.expansion_micros)?,
        contraction_micros: reply::narrow(waterfall.contraction_micros)?,
        churn_micros: reply::narrow(waterfall.churn_micros)?,
        quick_ratio: waterfall.quick_ratio(),
        quick_ratio_with_reactivation: waterfall.quick_ratio_with_reactivation(),
    })
}

fn retention(retention: &Retention) -> Result<proto::RevenueRetention, Status> {
    Ok(proto::RevenueRetention {
        customers: retention.customers,
        lost_customers: retention.lost,
        start_micros: reply::narrow(retention.start_micros)?,
        end_micros: reply::narrow(retention.end_micros)?,
        nrr: retention.nrr(),
        grr: retention.grr(),
        gross_churn: retention.gross_churn(),
        net_churn: retention.net_churn(),
        logo_churn: retention.logo_churn(),
    })
}

fn plan(plan: &Plan) -> Result<proto::PlanRevenue, Status> {
    Ok(proto::PlanRevenue {
        plan_id: plan.plan_id.clone(),
        subscriptions: plan.subscriptions,
        customers: plan.customers,
        mrr_micros: reply::narrow(plan.mrr_micros)?,
        plan_name: plan.name.clone(),
    })
}
