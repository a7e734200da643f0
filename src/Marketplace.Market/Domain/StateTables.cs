using Marketplace.Market.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.States;

namespace Marketplace.Market.Domain;

/// <summary>The state machines of this module. What is not listed is refused.</summary>
internal static class StateTables
{
    public static readonly TransitionTable<PartyState> Party = new(
        "organisation",
        (PartyState.Pending, [PartyState.Approved, PartyState.Declined]),
        (PartyState.Approved, [PartyState.Suspended]),
        (PartyState.Suspended, [PartyState.Approved])
    );

    public static readonly TransitionTable<ListingState> Listing = new(
        "listing",
        (ListingState.Draft, [ListingState.Live, ListingState.Withdrawn]),
        (ListingState.Live, [ListingState.Paused, ListingState.Withdrawn]),
        (ListingState.Paused, [ListingState.Live, ListingState.Withdrawn])
    );

    public static readonly TransitionTable<OfferState> Offer = new(
        "offer",
        (OfferState.Draft, [OfferState.OnSale, OfferState.Withdrawn]),
        (OfferState.OnSale, [OfferState.Paused, OfferState.Withdrawn]),
        (OfferState.Paused, [OfferState.OnSale, OfferState.Withdrawn])
    );

    public static readonly TransitionTable<AuthorizationState> Authorization = new(
        "authorisation",
        (AuthorizationState.Requested, [AuthorizationState.Granted, AuthorizationState.Declined]),
        (AuthorizationState.Granted, [AuthorizationState.Revoked])
    );

    /// <summary>One version of a bundle. A published version never becomes a draft again: saving makes the next version.</summary>
    public static readonly TransitionTable<BundleState> Bundle = new(
        "bundle",
        (BundleState.Draft, [BundleState.Published, BundleState.Withdrawn]),
        (BundleState.Published, [BundleState.Withdrawn])
    );

    public static readonly TransitionTable<ClaimState> Claim = new(
        "hold",
        (ClaimState.Held, [ClaimState.Sold, ClaimState.Released]),
        (ClaimState.Sold, [ClaimState.Released])
    );

    /// <returns>null when the step is allowed, else the conflict, which names what is possible from here.</returns>
    public static Problem? Refuse<TState>(this TransitionTable<TState> table, TState from, TState to)
        where TState : struct, Enum
    {
        if (table.Allows(from, to))
            return null;
        string[] next = [.. Enum.GetValues<TState>().Where(state => table.Allows(from, state)).Select(state => state.ToString())];
        string possible = next.Length == 0 ? "Nothing more can be done with it." : $"From here it can become: {string.Join(", ", next)}.";
        return Problem.Conflict("illegal-transition", $"This {table.Name} is {from} and cannot become {to}. {possible}");
    }
}
