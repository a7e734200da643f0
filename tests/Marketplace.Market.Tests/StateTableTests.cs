using Marketplace.Market.Contracts;
using Marketplace.Market.Domain;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.States;

namespace Marketplace.Market.Tests;

/// <summary>Every allowed step is written down here a second time; every other pair must be refused.</summary>
public sealed class StateTableTests
{
    [Fact]
    public void Party() =>
        Exactly(
            StateTables.Party,
            (PartyState.Pending, PartyState.Approved),
            (PartyState.Pending, PartyState.Declined),
            (PartyState.Approved, PartyState.Suspended),
            (PartyState.Suspended, PartyState.Approved)
        );

    [Fact]
    public void Listing() =>
        Exactly(
            StateTables.Listing,
            (ListingState.Draft, ListingState.Live),
            (ListingState.Draft, ListingState.Withdrawn),
            (ListingState.Live, ListingState.Paused),
            (ListingState.Live, ListingState.Withdrawn),
            (ListingState.Paused, ListingState.Live),
            (ListingState.Paused, ListingState.Withdrawn)
        );

    [Fact]
    public void Offer() =>
        Exactly(
            StateTables.Offer,
            (OfferState.Draft, OfferState.OnSale),
            (OfferState.Draft, OfferState.Withdrawn),
            (OfferState.OnSale, OfferState.Paused),
            (OfferState.OnSale, OfferState.Withdrawn),
            (OfferState.Paused, OfferState.OnSale),
            (OfferState.Paused, OfferState.Withdrawn)
        );

    [Fact]
    public void Authorization() =>
        Exactly(
            StateTables.Authorization,
            (AuthorizationState.Requested, AuthorizationState.Granted),
            (AuthorizationState.Requested, AuthorizationState.Declined),
            (AuthorizationState.Granted, AuthorizationState.Revoked)
        );

    [Fact]
    public void Bundle() =>
        Exactly(
            StateTables.Bundle,
            (BundleState.Draft, BundleState.Published),
            (BundleState.Draft, BundleState.Withdrawn),
            (BundleState.Published, BundleState.Withdrawn)
        );

    [Fact]
    public void Claim() =>
        Exactly(
            StateTables.Claim,
            (ClaimState.Held, ClaimState.Sold),
            (ClaimState.Held, ClaimState.Released),
            (ClaimState.Sold, ClaimState.Released)
        );

    [Fact]
    public void A_refusal_says_what_is_possible()
    {
        Problem problem = StateTables.Party.Refuse(PartyState.Approved, PartyState.Declined)!;
        Assert.Equal("illegal-transition", problem.Code);
        Assert.Equal("This organisation is Approved and cannot become Declined. From here it can become: Suspended.", problem.Detail);
        Assert.EndsWith(
            "Nothing more can be done with it.",
            StateTables.Party.Refuse(PartyState.Declined, PartyState.Approved)!.Detail,
            StringComparison.Ordinal
        );
    }

    private static void Exactly<TState>(TransitionTable<TState> table, params (TState From, TState To)[] allowed)
        where TState : struct, Enum
    {
        foreach (TState from in Enum.GetValues<TState>())
        {
            foreach (TState to in Enum.GetValues<TState>())
                Assert.Equal(allowed.Contains((from, to)), table.Refuse(from, to) is null);
        }
        Assert.All(table.Forbidden(), pair => Assert.Throws<IllegalTransitionException>(() => table.Move(pair.From, pair.To)));
    }
}
