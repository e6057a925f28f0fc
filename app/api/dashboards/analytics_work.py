"""The parts of the analytics answer about work and money: capacity, resources, flow, revenue, costs."""

from typing import Any

from app.api.documents import Document, as_money, as_number
from app.core import format
from app.services.dashboards.analytics_dashboard import AnalyticsDashboard
from app.services.dashboards.clinic_peaks import busiest_spans

Analytics = Document[AnalyticsDashboard]

NOT_BY_HOUR = "Bookable time is kept by session, not by hour: the hours tell bookings alone."
ONLY_EXAMINATION = "The use of rooms against opening hours is kept for examination rooms."
NO_SERVICE_COSTS = "Costs are recorded by category, not by service."
NO_EFFICIENCY_SCORE = "No score of costs is defined; costs per patient and by category are shown."
NO_COST_RULE = "No rule judges a cost: the categories are shown as they are."


def operations(made: Analytics) -> dict[str, Any]:
    """Capacity, rooms and devices, and the way of a patient through the clinic."""
    path, reading = "operational_insights", made.reading
    resources = f"{path}.resource_optimization.room_efficiency"
    for kind in ("procedure_rooms", "consultation_rooms"):
        made.missing(f"{resources}.{kind}", ONLY_EXAMINATION)
    return {
        "capacity_analysis": {
            "average_utilization": made.number(
                f"{path}.capacity_analysis.average_utilization", "now", "capacity.utilisation"
            ),
            "peak_hours": _peaks(made, f"{path}.capacity_analysis.peak_hours"),
            "capacity_recommendations": [
                f"{label}: {format.percent(share)} booked, above {format.percent(reading.rules.capacity_limit, 0)};"
                " open more bookable time there."
                for label, share in reading.full
            ],
        },
        "resource_optimization": {
            "equipment_utilization": _devices(made, f"{path}.resource_optimization.equipment_utilization"),
            "room_efficiency": {
                "examination_rooms": made.number(
                    f"{resources}.examination_rooms", "figures", "capacity.room_utilisation"
                ),
                "procedure_rooms": None,
                "consultation_rooms": None,
            },
        },
        "workflow_analysis": _flow(made, f"{path}.workflow_analysis"),
    }


def _peaks(made: Analytics, path: str) -> list[dict[str, Any]]:
    made.missing(f"{path}.utilization", NOT_BY_HOUR)
    return [
        {
            "time": f"{span.start:02}:00-{span.start + span.hours:02}:00",
            "utilization": None,
            "booked": span.booked,
            "share_of_bookings": as_number(span.booked / span.whole),
        }
        for span in busiest_spans(made.reading)
    ]


def _devices(made: Analytics, path: str) -> dict[str, Any]:
    answer, key = made.reading.answers.get("devices"), "capacity.equipment_utilisation"
    return {
        row.key[0]: made.value(f"{path}.{row.key[0]}", row.figures[key])
        for row in (answer.rows if answer else ())
        if row.key[0]
    }


def _flow(made: Analytics, path: str) -> dict[str, Any]:
    minutes = made.number(f"{path}.patient_flow_time", "figures", "waiting.cycle_median", 0)
    lost = made.reading.value("attendance.lost_slot_rate")
    made.known(f"{path}.optimization_potential", made.reading.get("figures", "attendance.lost_slot_rate"))
    return {
        "patient_flow_time": None if minutes is None else f"{minutes} minutes",
        "bottlenecks": [
            f"{one.label}: one wait in ten over {one.minutes:.0f} minutes (limit {one.limit})"
            for one in made.reading.delays
        ],
        "optimization_potential": None if lost is None else f"{format.percent(lost)} of booked slots are lost",
    }


def finance(made: Analytics) -> dict[str, Any]:
    """Growth, what a patient brings and costs, margin."""
    reading, revenue, cost = made.reading, "financial_analytics.revenue_insights", "financial_analytics.cost_analysis"
    made.missing(f"{revenue}.profit_margins.by_service", NO_SERVICE_COSTS)
    made.missing(f"{cost}.efficiency_score", NO_EFFICIENCY_SCORE)
    made.missing(f"{cost}.cost_optimization", NO_COST_RULE)
    if reading.growth is None:
        made.missing(f"{revenue}.growth_rate", "A figure that it needs is not known, or may not be shown.")
    return {
        "revenue_insights": {
            "growth_rate": as_number(reading.growth),
            "revenue_per_patient": made.money(
                f"{revenue}.revenue_per_patient", "figures", "revenue.collected_per_patient"
            ),
            "profit_margins": {
                "overall": made.number(f"{revenue}.profit_margins.overall", "now", "revenue.margin"),
                "by_service": None,
            },
        },
        "cost_analysis": {
            "operational_costs": made.money(f"{cost}.operational_costs", "figures", "revenue.costs"),
            "cost_per_patient": made.money(f"{cost}.cost_per_patient", "figures", "revenue.costs_per_patient"),
            "by_category": _categories(made),
            "efficiency_score": None,
            "cost_optimization": [],
        },
    }


def _categories(made: Analytics) -> list[dict[str, Any]]:
    answer = made.reading.answers.get("costs")
    return [
        {"category": row.key[0], "amount": as_money(row.figures["revenue.costs"].value)}
        for row in (answer.rows if answer else ())
    ]
