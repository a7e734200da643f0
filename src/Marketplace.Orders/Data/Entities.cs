using Marketplace.Orders.Contracts;
using Marketplace.Orders.Domain;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling.Batch;
using Marketplace.Scheduling.Model;

namespace Marketplace.Orders.Data;

internal sealed class Quote : IPartyOwned
{
    public required string Id { get; init; }
    public required string PartyId { get; init; }
    public required string Name { get; init; }
    public QuoteState State { get; private set; } = QuoteState.Issued;
    public required string IdempotencyKey { get; init; }
    public required string RequestHash { get; init; }
    public required WorkloadRequest Request { get; init; }
    public required QuotePlan Plan { get; init; }
    public required IReadOnlyList<AlternativeView> Alternatives { get; init; }
    public required string Currency { get; init; }

    /// <summary>The project the request names, found when it was asked for.</summary>
    public string? ProjectId { get; init; }
    public required long NetMicros { get; init; }
    public required long TaxMicros { get; init; }
    public string? OrderId { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }

    public void MoveTo(QuoteState state) => State = StateMachines.Quote.Move(State, state);

    /// <summary>Capacity is held under one reference per line, so that each becomes a contract of its own.</summary>
    public static string HoldReference(string quoteId, int line) => $"{quoteId}/{line}";
}

internal sealed class Order : IPartyOwned
{
    public required string Id { get; init; }
    public required string PartyId { get; init; }
    public required string Name { get; init; }
    public string? QuoteId { get; init; }
    public string? BulkOrderId { get; init; }
    public string? ProjectId { get; init; }

    /// <summary>Who ordered: a person or a credential of the party; null for what was ordered before this was kept.</summary>
    public string? MemberId { get; init; }
    public required string Currency { get; init; }
    public required string IdempotencyKey { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public List<OrderLine> Lines { get; init; } = [];
}

internal sealed class OrderLine : IPartyOwned
{
    public required string Id { get; init; }
    public required string OrderId { get; init; }
    public required string PartyId { get; init; }
    public required int Number { get; init; }
    public LineState State { get; private set; } = LineState.Draft;
    public required string Description { get; init; }
    public required long HeldMicros { get; set; }
    public string? ContractId { get; set; }
    public string? Problem { get; set; }

    public void MoveTo(LineState state) => State = StateMachines.Line.Move(State, state);

    public bool CanMoveTo(LineState state) => StateMachines.Line.Allows(State, state);
}

internal sealed class Contract : ITradeShared
{
    public required string Id { get; init; }
    public required string OrderId { get; init; }
    public required string LineId { get; init; }
    public required string CustomerId { get; init; }
    public required string OperatorId { get; init; }
    public required string CenterId { get; init; }
    public string? ProjectId { get; init; }
    public string? MemberId { get; init; }
    public required string SiteId { get; init; }
    public required string ClusterId { get; init; }
    public required string Name { get; init; }
    public required ProductKind Product { get; init; }
    public string? DeviceModel { get; init; }
    public required long CardMilli { get; init; }
    public required ContractClass Class { get; init; }
    public ContractState State { get; private set; } = ContractState.Reserved;
    public int? ReasonNumber { get; private set; }
    public string? ReasonText { get; private set; }
    public required PlannedLine Plan { get; set; }
    public required string Currency { get; init; }
    public required decimal RetailPerCardHour { get; init; }
    public required decimal WholesalePerCardHour { get; init; }
    public required decimal TaxRate { get; init; }
    public required long HeldMicros { get; set; }
    public required decimal Hours { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ReadyAt { get; set; }
    public required DateTimeOffset EndsAt { get; set; }

    /// <summary>When the customer, the clock or an empty hold asked for the end; the meter stops when the cluster has stopped it.</summary>
    public DateTimeOffset? StopRequestedAt { get; private set; }
    public DateTimeOffset? EndedAt { get; private set; }
    public DateTimeOffset? SilentSince { get; set; }

    /// <summary>Since when a replica has lost its place to a fault without finding another one.</summary>
    public DateTimeOffset? PlaceLostSince { get; private set; }

    /// <summary>Replicas were given places where no pod of theirs has been seen: their old machine may yet come back with them.</summary>
    public bool PlaceUnsettled { get; set; }
    public List<ContractEvent> Events { get; init; } = [];

    /// <summary>PostgreSQL's row version: two writers never overwrite each other.</summary>
    public uint RowVersion { get; init; }

    public bool IsOpen => State is not (ContractState.Ended or ContractState.Settling or ContractState.Settled or ContractState.Disputed);

    public void MoveTo(ContractState state, DateTimeOffset at, ContractReason? reason = null)
    {
        State = StateMachines.Contract.Move(State, state);
        if (reason is not null)
            (ReasonNumber, ReasonText) = (reason.Number, reason.Text);
        if (state == ContractState.Ended)
            EndedAt = at;
        Note(at, $"state-{state}", reason?.Text ?? "");
    }

    /// <summary>Remembers who asked for the end; the first reason stays.</summary>
    public void RequestStop(DateTimeOffset at, ContractReason reason)
    {
        if (StopRequestedAt is not null)
            return;
        StopRequestedAt = at;
        (ReasonNumber, ReasonText) = (reason.Number, reason.Text);
        Note(at, "stop-requested", reason.Text);
    }

    /// <summary>Replicas have other places; everything else of the plan is as before.</summary>
    public void MoveReplicas(PlannedLine plan, DateTimeOffset at, ContractMove what)
    {
        Plan = plan;
        Note(at, ContractEvents.Moved, what.ToDetail());
    }

    /// <summary>A replica has no place; said once, however often another one is looked for.</summary>
    public void WaitForPlace(DateTimeOffset at, ContractMove what)
    {
        if (PlaceLostSince is not null)
            return;
        PlaceLostSince = at;
        Note(at, ContractEvents.PlaceLost, what.ToDetail());
    }

    /// <summary>The fault is over before another place was found.</summary>
    public void PlaceIsBack(DateTimeOffset at)
    {
        if (PlaceLostSince is null)
            return;
        PlaceLostSince = null;
        Note(at, ContractEvents.PlaceBack, "");
    }

    public void AllPlaced() => PlaceLostSince = null;

    public void Note(DateTimeOffset at, string code, string detail) =>
        Events.Add(
            new ContractEvent
            {
                ContractId = Id,
                Number = Events.Count + 1,
                At = at,
                Code = code,
                Detail = detail,
                CustomerId = CustomerId,
                OperatorId = OperatorId,
                CenterId = CenterId,
            }
        );
}

/// <summary>Codes of events that change no state.</summary>
internal static class ContractEvents
{
    public const string Moved = "moved";
    public const string PlaceLost = "place-lost";
    public const string PlaceBack = "place-back";
}

internal sealed class ContractEvent : ITradeShared
{
    public required string ContractId { get; init; }
    public required int Number { get; init; }
    public required DateTimeOffset At { get; init; }
    public required string Code { get; init; }
    public required string Detail { get; init; }
    public required string CustomerId { get; init; }
    public required string OperatorId { get; init; }
    public required string CenterId { get; init; }
}

internal sealed class BulkOrder : IPartyOwned
{
    public required string Id { get; init; }
    public required string PartyId { get; init; }
    public required BulkMode Mode { get; init; }
    public required bool DryRun { get; init; }
    public decimal? MaxUnitPrice { get; init; }
    public BulkState State { get; set; } = BulkState.Running;
    public required string IdempotencyKey { get; init; }
    public required string RequestHash { get; init; }
    public string? MemberId { get; init; }
    public required int LineCount { get; init; }

    /// <summary>How the lines decided so far found their places; null before the first. Each step adds its lines to the counts.</summary>
    public BatchOrder? PlacedIn { get; init; }
    public int PlacedLines { get; init; }
    public int PlacedByArrivalLines { get; init; }
    public int AtMostLines { get; init; }
    public string? ProblemJson { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; set; }
}

internal sealed class BulkLine : IPartyOwned
{
    public required string BulkOrderId { get; init; }
    public required int Line { get; init; }
    public required string PartyId { get; init; }
    public required string RequestJson { get; init; }

    /// <summary><c>waiting</c>, <c>accepted</c>, <c>priced</c> (dry run), <c>refused</c> or <c>not-done</c> (another line failed the atomic order).</summary>
    public string Status { get; set; } = "waiting";
    public string? OrderId { get; set; }
    public string? ContractId { get; set; }
    public string? OfferId { get; set; }
    public long? TotalMicros { get; set; }
    public string? Currency { get; set; }
    public string? ProblemJson { get; set; }
}
