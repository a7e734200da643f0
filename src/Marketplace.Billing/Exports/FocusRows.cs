using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Metering;
using Marketplace.Billing.Rating;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Time;

namespace Marketplace.Billing.Exports;

/// <summary>
/// What is booked, as rows of one side. A customer is billed the retail price and the tax; an operator's row is what it bills before tax, which the
/// network levies; a center's row is what it bills at wholesale, and says nothing of the customer.
/// </summary>
/// <param name="partyId">Whose books these are: billed by what belongs to no contract.</param>
/// <param name="issuer">Who issues the invoices.</param>
/// <param name="nameOf">A party's name.</param>
/// <param name="placeOf">Where a contract runs; null when it is not known.</param>
internal sealed class FocusRows(Side side, string partyId, string issuer, Func<string, string> nameOf, Func<string, ContractPlace?> placeOf)
{
    private const int QuantityDecimals = RatingRule.ExactDecimals;

    private const string CreditNote = "credit-note";

    // The specification's words where no infrastructure is behind a charge.
    private const string NoHost = "Not Applicable";

    public IEnumerable<FocusRow> Of(ExportedLine line)
    {
        decimal price = side == Side.Center ? line.Wholesale : line.Retail;
        FocusRow row = Contract(
            line.Amounts.Currency,
            line.ContractId,
            line.CustomerId,
            line.OperatorId,
            line.CenterId,
            line.DeviceModel
        ) with
        {
            BilledCost = Main(side == Side.Center ? line.Amounts.Center : line.Amounts.Net),
            BillingPeriodStart = line.BookedAt.StartOfMonth(),
            IsCorrection = line.IsLate,
            ChargeDescription = line.Description,
            ChargePeriodStart = line.From,
            ChargePeriodEnd = line.To,
            InvoiceId = side == Side.Customer ? line.InvoiceNumber : null,
            InvoiceDetailId = side == Side.Customer ? line.InvoiceLine?.ToString(CultureInfo.InvariantCulture) : null,
            JournalId = line.JournalId,
            Split = SplitOf(line.Amounts),
            Resource = Resource(line.AllocationId, line.Description, line.DeviceModel, line.ContractId, line.OrderId, line.Purpose),
            Pricing = new FocusPricing(
                $"{line.DeviceModel ?? "CPU"}/{line.Meter}",
                line.Meter != MeterRule.CardSeconds ? $"{UnitOf(line.Meter)} usage"
                    : line.DeviceModel is null ? "Processor usage"
                    : "Accelerator usage",
                line.Quantity,
                UnitOf(line.Meter),
                ExactMath.MultiplyDivide(line.Quantity, 1, line.QuantityPerUnit, QuantityDecimals),
                UnitOf(line.Unit + "s"),
                price,
                ExactMath.MultiplyDivide(line.Quantity, price, line.QuantityPerUnit, QuantityDecimals)
            ),
        };
        if (side == Side.Customer && line.Draw is { } draw)
            row = row with { Commitment = Commitment(draw, "Used"), Amortised = Share(draw) };
        // Nothing was used for it, so it has neither meter nor unit.
        if (line.Meter == ChargeKinds.CommitmentMeter)
            row = row with
            {
                ChargeCategory = ChargeCategories.Purchase,
                ChargeDescription = $"Minimum take: {line.Description}",
                Pricing = null,
            };
        yield return row;
        if (side == Side.Customer && line.Amounts.Tax != 0)
            yield return Tax(row, line.Amounts.Tax);
    }

    public IEnumerable<FocusRow> Of(ExportedReservation reservation)
    {
        ExportedDraw draw = reservation.Draw;
        string seller = nameOf(reservation.OperatorId);
        FocusRow row = Blank(reservation.Currency, partyId) with
        {
            BilledCost = reservation.IsPurchase ? Share(draw) : 0,
            Amortised = reservation.IsPurchase ? 0 : Share(draw),
            BillingPeriodStart = reservation.BookedAt.StartOfMonth(),
            ChargeCategory = reservation.IsPurchase ? ChargeCategories.Purchase : ChargeCategories.Usage,
            ChargeDescription = reservation.IsPurchase ? draw.Reservation : $"Not used: {draw.Reservation}",
            ChargePeriodStart = reservation.StartsAt,
            ChargePeriodEnd = reservation.EndsAt,
            ServiceCategory = "Compute",
            ServiceName = reservation.DeviceModel is null ? "Processor compute" : "Accelerator compute",
            ServiceSubcategory = "Containers",
            ServiceProviderName = seller,
            // Whose machines serve it is said where it is used.
            HostProviderName = seller,
            JournalId = reservation.JournalId,
            Commitment = Commitment(draw, reservation.IsPurchase ? null : "Unused"),
        };
        if (reservation.IsPurchase)
            row = row with
            {
                Pricing = new FocusPricing(
                    $"{reservation.DeviceModel ?? "CPU"}/{MeterRule.CardSeconds}",
                    reservation.DeviceModel is null ? "Processor usage" : "Accelerator usage",
                    ConsumedQuantity: null,
                    ConsumedUnit: null,
                    CardHours(draw),
                    CardHourUnit,
                    reservation.UnitPrice,
                    decimal.Round(CardHours(draw) * reservation.UnitPrice, QuantityDecimals, MidpointRounding.ToEven)
                ),
            };
        yield return row;
        if (reservation.Tax != 0)
            yield return Tax(row, reservation.Tax);
    }

    private const string CardHourUnit = "Card-Hours";
    private const int SecondsPerHour = 3600;

    private static FocusCommitment Commitment(ExportedDraw draw, string? status) =>
        new(draw.ReservationId, draw.Reservation, CardHours(draw), status);

    private static decimal CardHours(ExportedDraw draw) =>
        decimal.Round(draw.CardSeconds / SecondsPerHour, QuantityDecimals, MidpointRounding.ToEven);

    private static decimal Share(ExportedDraw draw) => draw.NetMicros / Money.MicrosPerUnit;

    public IEnumerable<FocusRow> Of(ExportedJournal journal)
    {
        bool ofContract = journal.ContractId is not null;
        FocusRow row = (
            ofContract
                ? Contract(
                    journal.Amounts.Currency,
                    journal.ContractId!,
                    journal.CustomerId!,
                    journal.OperatorId!,
                    journal.CenterId!,
                    journal.DeviceModel
                )
                : Network(journal.Amounts.Currency)
        ) with
        {
            BilledCost = Main(side == Side.Center ? journal.Amounts.Center : journal.Amounts.Net),
            BillingPeriodStart = journal.BookedAt.StartOfMonth(),
            ChargeCategory = CategoryOf(journal),
            // What is put right inside one month was never closed, so it corrects nothing.
            // A credit note is about an invoice the customer has had already.
            IsCorrection =
                journal.Kind == CreditNote
                || journal.ReversedAt is { } reversed && reversed.StartOfMonth() < journal.BookedAt.StartOfMonth(),
            ChargeDescription = ofContract ? $"{journal.Reason}: {journal.Description}" : journal.Reason,
            ChargePeriodStart = journal.CreditedFrom ?? journal.ReversedAt ?? journal.BookedAt,
            ChargePeriodEnd = journal.CreditedTo ?? (journal.ReversedAt ?? journal.BookedAt).AddSeconds(1),
            InvoiceId = side == Side.Customer ? journal.InvoiceNumber : null,
            InvoiceDetailId = side == Side.Customer && journal.InvoiceNumber is not null ? journal.Kind : null,
            JournalId = journal.Id,
            Split = SplitOf(journal.Amounts),
            Resource = ofContract
                ? Resource(null, null, journal.DeviceModel, journal.ContractId!, journal.OrderId!, journal.Purpose)
                : null,
        };
        yield return row;
        if (side == Side.Customer && journal.Amounts.Tax != 0)
            yield return Tax(row, journal.Amounts.Tax);
    }

    private static string CategoryOf(ExportedJournal journal) =>
        (journal.ReversedKind ?? journal.Kind) switch
        {
            "charge" or "reservation-served" or "reservation-unused" => ChargeCategories.Usage,
            CreditNote when journal.ContractId is not null => ChargeCategories.Usage,
            "reservation" => ChargeCategories.Purchase,
            "grant" => ChargeCategories.Credit,
            _ => ChargeCategories.Adjustment,
        };

    // A center bills the operator; the customer is the operator's.
    private FocusRow Contract(
        string currency,
        string contractId,
        string customerId,
        string operatorId,
        string centerId,
        string? deviceModel
    )
    {
        string account = side == Side.Center ? operatorId : customerId;
        string host = side == Side.Customer && placeOf(contractId) is { HidesCenter: true } ? operatorId : centerId;
        return Blank(currency, account) with
        {
            ChargeCategory = ChargeCategories.Usage,
            ServiceCategory = "Compute",
            ServiceName = deviceModel is null ? "Processor compute" : "Accelerator compute",
            ServiceSubcategory = "Containers",
            ServiceProviderName = side == Side.Center ? nameOf(centerId) : nameOf(operatorId),
            HostProviderName = nameOf(host),
        };
    }

    private FocusRow Network(string currency) => Blank(currency, partyId);

    private FocusRow Blank(string currency, string account) =>
        new()
        {
            BilledCost = 0,
            BillingAccountId = account,
            BillingAccountName = nameOf(account),
            BillingCurrency = currency,
            BillingPeriodStart = default,
            ChargeCategory = ChargeCategories.Adjustment,
            ChargeDescription = "",
            ChargePeriodStart = default,
            ChargePeriodEnd = default,
            ServiceCategory = "Other",
            ServiceName = "Network billing",
            ServiceSubcategory = "Other (Other)",
            ServiceProviderName = issuer,
            HostProviderName = NoHost,
            InvoiceIssuerName = issuer,
        };

    private static FocusRow Tax(FocusRow of, long micros) =>
        of with
        {
            BilledCost = Main(micros),
            ChargeCategory = ChargeCategories.Tax,
            Pricing = null,
            Split = null,
            Commitment = null,
            Amortised = null,
        };

    private FocusResource Resource(string? id, string? name, string? model, string contractId, string orderId, ExportedPurpose purpose)
    {
        ContractPlace? place = placeOf(contractId);
        return new FocusResource(
            id,
            name,
            model is null ? "Processor allocation" : "Accelerator allocation",
            model,
            place?.Vendor,
            place?.DeviceFraction,
            place?.RegionId,
            place?.RegionName,
            place?.SiteTier,
            contractId,
            orderId,
            purpose
        );
    }

    private FocusSplit? SplitOf(ChargeAmounts amounts) =>
        side == Side.Operator ? new FocusSplit(Main(amounts.Center), Main(amounts.Commission), Main(amounts.Operator)) : null;

    /// <summary>A unit in the specification's form: <c>card-seconds</c> is <c>Card-Seconds</c>.</summary>
    private static string UnitOf(string unit) =>
        string.Join('-', unit.Split('-').Select(word => word.Length == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));

    private static decimal Main(long micros) => (decimal)micros / Money.MicrosPerUnit;
}
