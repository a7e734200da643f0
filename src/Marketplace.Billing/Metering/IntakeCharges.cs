using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Rating;
using Marketplace.Billing.Rating.Reservations;
using Marketplace.Platform.Time;

namespace Marketplace.Billing.Metering;

/// <summary>Charges the windows of a batch: what each comes to, and the lines of a bill that say so.</summary>
/// <param name="newId">Makes an id from a prefix.</param>
internal sealed class IntakeCharges(IntakeState state, IntakeSettlement settlement, Func<string, string> newId)
{
    private readonly List<RatedLineDraft> lines = [];
    private readonly List<JournalDraft> served = [];
    private readonly WindowRater rater = new(state.Rating);

    public IReadOnlyList<RatedLineDraft> Lines => lines;

    /// <summary>What reservations have earned.</summary>
    public IReadOnlyList<JournalDraft> Served => served;

    public BookedMeter Charge(
        UsageReading reading,
        ContractState contract,
        PriceVersion price,
        BookedMeter meter,
        ContractTally tally,
        bool correction
    )
    {
        decimal quantity = MeterRule.Quantity(reading);
        tally.Through = Moments.Later(reading.To, tally.Through);
        tally.AllFinal &= reading.Final;
        decimal used = quantity - meter.State.Quantity;
        LastWindow last = correction
            ? LastOf(meter, reading)
            : new(meter.State.Through ?? reading.From, meter.State.Quantity, meter.OnDemand);
        Rated booked = meter.Booked;
        Metered onDemand = meter.OnDemand;
        if (used != 0)
        {
            bool cards = reading.Meter == MeterRule.CardSeconds;
            RatedWindow window = rater.Rate(
                new AllocationMeter(reading.ContractId, reading.AllocationId, reading.Meter),
                price,
                new WindowChange(last, reading.To, quantity, meter.Reserved, meter.OnDemand),
                reservable: cards
            );
            AddLines(reading, contract, price, last.From, window, tally, correction);
            booked += window.Charge;
            onDemand += window.OnDemand;
            if (cards)
                tally.Quantity += used;
            tally.Corrects |= correction;
        }
        MeterState now = meter.State with { Quantity = quantity, Through = reading.To, Final = reading.Final, Revision = reading.Revision };
        return new BookedMeter(now, booked) { OnDemand = onDemand, Last = last };
    }

    // A window that is told anew keeps its service period. Of what was told before windows were kept nothing was reserved or weighed, and
    // everything may count as its window.
    private static LastWindow LastOf(BookedMeter meter, UsageReading reading) =>
        meter.Last ?? new LastWindow(Moments.Earlier(reading.From, reading.To), 0, default);

    private void AddLines(
        UsageReading reading,
        ContractState contract,
        PriceVersion price,
        DateTimeOffset from,
        RatedWindow window,
        ContractTally tally,
        bool correction
    )
    {
        string? adjustment =
            correction ? Adjustments.Correction
            : IsLate(contract, reading) ? Adjustments.Late
            : null;
        RatedLineDraft Line(decimal quantity, decimal exact, Share share, long uncovered) =>
            new(newId(IntakePlanner.LinePrefix), reading, contract, price.Version, from, quantity, exact, share, uncovered, adjustment);

        foreach (ReservationDraw draw in window.Draws)
        {
            RatedLineDraft line = Line(draw.Quantity, 0, default, 0);
            lines.Add(line with { Kind = ChargeKinds.Reserved, Draw = Serve(line.Id, reading, contract, draw) });
        }
        if (window.Kept > 0)
            lines.Add(Line(-window.Kept, 0, default, 0) with { Kind = ChargeKinds.Reserved });
        if (window.OnDemand == default && window.Charge == default)
            return;
        Share share = window.Charge.Share;
        long uncovered = settlement.Settle(contract, checked(share.Net + share.Tax), tally);
        lines.Add(
            Line(window.OnDemand.Quantity, window.Charge.Exact, share, uncovered) with
            {
                Weighted = price.Hours is null ? null : window.OnDemand.Weighted,
                Reserved = window.Reserved,
            }
        );
        tally.Share += share;
        tally.Uncovered = checked(tally.Uncovered + uncovered);
    }

    // Paid ahead: nothing is charged, and what was deferred is earned; or deferred again, when less was used.
    private LineDraw Serve(string lineId, UsageReading reading, ContractState contract, ReservationDraw draw)
    {
        if (draw.Earned.IsZero)
            return new LineDraw(draw.ReservationId, null);
        string journalId = newId(IntakePlanner.JournalPrefix);
        DateTimeOffset at = state.EffectiveAt(reading.To);
        served.Add(
            Postings.ReservationServed(draw.ReservationId, contract.Parties, draw.Earned, $"served/{lineId}", at) with
            {
                Id = journalId,
            }
        );
        return new LineDraw(draw.ReservationId, journalId);
    }

    // The whole of its time was invoiced or closed without it.
    private bool IsLate(ContractState contract, UsageReading reading) =>
        reading.To <= (contract.InvoicedThrough ?? DateTimeOffset.MinValue)
        || reading.To <= (state.ClosedThrough ?? DateTimeOffset.MinValue);
}
