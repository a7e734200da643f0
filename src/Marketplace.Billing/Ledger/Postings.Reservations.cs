using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Ledger;

// Capacity paid ahead: it is owed as service until it is served, or until its time is over.
internal static partial class Postings
{
    /// <summary>A reservation is paid, tax included.</summary>
    public static JournalDraft ReservationPrepaid(string reservationId, string customerId, Money amount, DateTimeOffset at) =>
        new(
            "reservation",
            "reservation",
            reservationId,
            at,
            reservationId,
            "Reservation paid ahead",
            [new(Chart.Available(customerId, amount.Currency), Chart.Deferred(reservationId, amount.Currency), amount.Micros)]
        );

    /// <summary>A period of a reservation was served: center, operator, network and tax earn their parts.</summary>
    /// <param name="key">One per period, unique within the reservation.</param>
    public static JournalDraft ReservationServed(string reservationId, ChargeParties parties, Share share, string key, DateTimeOffset at) =>
        FromDeferred("reservation-served", "Reserved capacity used", reservationId, parties, share, key, at);

    /// <summary>A period of a reservation went by unused: earned all the same, and marked.</summary>
    /// <inheritdoc cref="ReservationServed" path="/param"/>
    public static JournalDraft ReservationUnused(string reservationId, ChargeParties parties, Share share, string key, DateTimeOffset at) =>
        FromDeferred("reservation-unused", "Reserved capacity not used", reservationId, parties, share, key, at);

    private static JournalDraft FromDeferred(
        string kind,
        string reason,
        string reservationId,
        ChargeParties parties,
        Share share,
        string key,
        DateTimeOffset at
    ) =>
        new(
            kind,
            "reservation",
            $"{reservationId}/{key}",
            at,
            reservationId,
            reason,
            Movements.ToLegs([
                new Movement(Chart.Deferred(reservationId, parties.Currency), -checked(share.Net + share.Tax)),
                new Movement(Chart.CenterPending(parties.CenterId, parties.Currency), share.Center),
                new Movement(Chart.OperatorPending(parties.OperatorId, parties.Currency), share.Operator),
                new Movement(Chart.Commission(parties.Currency), share.Commission),
                new Movement(Chart.Tax(parties.TaxJurisdiction, parties.Currency), share.Tax),
            ])
        );
}
