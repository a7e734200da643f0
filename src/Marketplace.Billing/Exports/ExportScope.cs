using Marketplace.Billing.Rating;

namespace Marketplace.Billing.Exports;

/// <summary>Whose books, on which side of its trades, and when: half-open, in the ledger's business time, UTC.</summary>
internal sealed record ExportScope(string PartyId, Side Side, DateTimeOffset From, DateTimeOffset To);

/// <summary>What a charge moved, in micro-units, with the sign of a charge: a refund is negative.</summary>
/// <param name="Net">The customer's side before tax.</param>
internal readonly record struct ChargeAmounts(string Currency, long Net, long Tax, long Center, long Operator, long Commission);

/// <summary>What the customer ordered a contract for; told to the customer alone.</summary>
internal readonly record struct ExportedPurpose(string? ProjectId, string? MemberId, string? BundleId);

/// <summary>A rated line with what is known about it.</summary>
/// <param name="BookedAt">When the ledger counts it.</param>
/// <param name="IsLate">Served in a period whose books were closed when it came.</param>
/// <param name="InvoiceNumber">null while it is on no invoice.</param>
internal sealed record ExportedLine(
    string Id,
    string ContractId,
    string OrderId,
    string CustomerId,
    string OperatorId,
    string CenterId,
    string AllocationId,
    string Meter,
    DateTimeOffset From,
    DateTimeOffset To,
    decimal Quantity,
    ChargeAmounts Amounts,
    string? JournalId,
    DateTimeOffset BookedAt,
    bool IsLate,
    string Description,
    string? DeviceModel,
    string Unit,
    decimal QuantityPerUnit,
    decimal Retail,
    decimal Wholesale,
    string? InvoiceNumber,
    int? InvoiceLine,
    ExportedPurpose Purpose,
    ExportedDraw? Draw
);

/// <summary>What usage drew from capacity paid ahead; below zero what a correction gave back.</summary>
/// <param name="CardSeconds">Drawn.</param>
/// <param name="NetMicros">Its share of what was paid, before tax; not rounded to whole micro-units.</param>
internal sealed record ExportedDraw(string ReservationId, string Reservation, decimal CardSeconds, decimal NetMicros);

/// <summary>Capacity paid ahead, bought or ended unused, as its customer sees it.</summary>
/// <param name="Id">Of the reservation or of the draw: what pages go along.</param>
/// <param name="Draw">All of it when bought, what was left when it ended.</param>
/// <param name="IsPurchase">false: its time was over.</param>
internal sealed record ExportedReservation(
    string Id,
    bool IsPurchase,
    ExportedDraw Draw,
    string Currency,
    long Tax,
    decimal UnitPrice,
    string OperatorId,
    string? DeviceModel,
    DateTimeOffset StartsAt,
    DateTimeOffset EndsAt,
    DateTimeOffset BookedAt,
    string? JournalId
);

/// <summary>A journal that is no charge and still changes what a party pays or earns: a grant, an invoice's rounding, a reversal.</summary>
/// <param name="ReversedKind">The kind of the journal that this one reverses, and when that one was booked.</param>
/// <param name="CreditedFrom">Of a credit note: when the service was that it takes back, until <paramref name="CreditedTo"/>.</param>
/// <param name="OrderId">Of the contract it belongs to, as are the next ones; null when it belongs to none.</param>
internal sealed record ExportedJournal(
    string Id,
    string Kind,
    string Reason,
    DateTimeOffset BookedAt,
    string? ReversedKind,
    DateTimeOffset? ReversedAt,
    ChargeAmounts Amounts,
    string? InvoiceNumber,
    string? ContractId,
    string? OrderId,
    string? CustomerId,
    string? OperatorId,
    string? CenterId,
    string? Description,
    string? DeviceModel,
    DateTimeOffset? CreditedFrom,
    DateTimeOffset? CreditedTo,
    ExportedPurpose Purpose
);
