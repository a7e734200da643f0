using Marketplace.Billing.Contracts;
using Marketplace.Billing.Payments.Stripe;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Simulator.Stripe;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests.Stripe;

public sealed class ConnectAccountTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task An_owner_fills_in_the_form_and_the_account_becomes_the_destination()
    {
        await using var house = await StripeHouse.OverAsync(db);
        string center = house.House.NewParty();
        var started = Ok(await ConnectPayoutTests.StartAsync(house, Center(center)));
        Assert.StartsWith("/test/onboard/" + started.Account.Reference, started.Form!.AbsolutePath, StringComparison.Ordinal);
        Assert.Contains("%2Fcenter%2Fpayouts%3Faccount%3Dback", started.Form.Query, StringComparison.Ordinal);
        Assert.Equal((false, false, false), (started.Account.IsReady, started.Account.PayoutsEnabled, started.Account.IsUsed));
        Assert.Equal(
            [AccountRequirement.BankAccount, AccountRequirement.Terms, AccountRequirement.IdentityDocument, AccountRequirement.Business],
            started.Account.Requires
        );
        Assert.Null(await DestinationAsync(house, center));
        house.Double.Onboard(started.Account.Reference);
        await house.DeliverAllAsync();
        var ready = (await ReadAsync(house, Center(center)))!;
        Assert.Equal((true, true, true, true), (ready.IsReady, ready.ChargesEnabled, ready.PayoutsEnabled, ready.IsUsed));
        Assert.Empty(ready.Requires);
        var destination = (await DestinationAsync(house, center))!;
        Assert.StartsWith("Stripe ···· ", destination.Mask, StringComparison.Ordinal);
        Assert.True(destination.UsableFrom > house.House.Now);
        // Starting again has nothing to fill in, and makes no second account.
        Assert.Null(Ok(await ConnectPayoutTests.StartAsync(house, Center(center))).Form);
        Assert.Equal(destination, await DestinationAsync(house, center));
        Assert.Equal(started.Account.Reference, ConnectPayoutTests.Account(house, center));
    }

    [Fact]
    public async Task Coming_back_from_the_form_asks_instead_of_waiting_for_the_webhook()
    {
        await using var house = await StripeHouse.OverAsync(db);
        string center = house.House.NewParty();
        house.Double.Onboard(Ok(await ConnectPayoutTests.StartAsync(house, Center(center))).Account.Reference);
        Assert.False((await ReadAsync(house, Center(center)))!.IsReady);
        Assert.True(Ok(await RefreshAsync(house, Center(center))).IsUsed);
        Assert.NotNull(await DestinationAsync(house, center));
    }

    [Fact]
    public async Task Nobody_else_reads_or_starts_it()
    {
        await using var house = await StripeHouse.OverAsync(db);
        string center = house.House.NewParty();
        Ok(await ConnectPayoutTests.StartAsync(house, Center(center)));
        Actor other = Center(house.House.NewParty());
        Assert.Null(await ReadAsync(house, other));
        Assert.Equal(ProblemKind.NotFound, Refused(await RefreshAsync(house, other)).Kind);
        // Another center's start is another account.
        Assert.NotEqual(ConnectPayoutTests.Account(house, center), Ok(await ConnectPayoutTests.StartAsync(house, other)).Account.Reference);
        Actor[] refused =
        [
            Center(center) with
            {
                Role = MemberRole.Admin,
            },
            Center(center) with
            {
                CredentialId = "key_x",
            },
            Customer(center),
        ];
        foreach (Actor actor in refused)
            Assert.Equal(ProblemKind.Forbidden, Refused(await ConnectPayoutTests.StartAsync(house, actor)).Kind);
        Assert.Equal(2, house.Double.All("account").Count);
    }

    [Fact]
    public async Task Bad_input_names_its_field_and_no_provider_is_said()
    {
        await using var house = await StripeHouse.OverAsync(db);
        Actor center = Center(house.House.NewParty());
        Assert.Equal("/country", Assert.Single(Refused(await ConnectPayoutTests.StartAsync(house, center, "Germany")).Errors).Pointer);
        // The provider's own refusal is about the country too, and another one is another request.
        Assert.Equal("/country", Assert.Single(Refused(await ConnectPayoutTests.StartAsync(house, center, "KP")).Errors).Pointer);
        Ok(await ConnectPayoutTests.StartAsync(house, center));
        Assert.Equal(
            "/returnPath",
            Assert
                .Single(
                    Refused(
                        await house.House.ActAsync<IPayoutAccounts, Outcome<PayoutAccountStart>>(
                            center,
                            a => a.StartAsync(Cny, "DE", "https://elsewhere.example", default)
                        )
                    ).Errors
                )
                .Pointer
        );
        await using var without = At(db, house.House.Time);
        Assert.Equal(
            "payments-not-connected",
            Refused(
                await without.ActAsync<IPayoutAccounts, Outcome<PayoutAccountStart>>(
                    center,
                    a => a.StartAsync(Cny, "DE", "/center/payouts", default)
                )
            ).Code
        );
    }

    public static TheoryData<StripeFault> Faults => ConnectPayoutTests.Faults;

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Whatever_goes_wrong_with_the_account_there_is_one(StripeFault fault)
    {
        await using var house = await StripeHouse.OverAsync(db);
        Actor center = Center(house.House.NewParty());
        int left = 1;
        house.Double.Faults = StripeFaultPlan.Of(c =>
            c is { Method: "POST", Path: "/v1/accounts" } && left-- > 0 ? fault : StripeFault.None
        );
        await ConnectPayoutTests.StartAsync(house, center);
        // The key may be forgotten by then.
        house.House.Time.Advance(TimeSpan.FromHours(25));
        string reference = Ok(await ConnectPayoutTests.StartAsync(house, center)).Account.Reference;
        Assert.Equal(reference, Assert.Single(house.Double.All("account"))["id"]!.ToString());
    }

    [Theory]
    [InlineData("external_account", AccountRequirement.BankAccount)]
    [InlineData("tos_acceptance.ip", AccountRequirement.Terms)]
    [InlineData("individual.first_name", AccountRequirement.Person)]
    [InlineData("person_1ABC.dob.day", AccountRequirement.Person)]
    [InlineData("person_1ABC.verification.document", AccountRequirement.IdentityDocument)]
    [InlineData("company.name", AccountRequirement.Company)]
    [InlineData("company.tax_id", AccountRequirement.TaxNumber)]
    [InlineData("business_profile.mcc", AccountRequirement.Business)]
    [InlineData("something_new.of_theirs", AccountRequirement.Other)]
    public void Each_field_has_a_name_people_know(string field, AccountRequirement requirement) =>
        Assert.Equal([requirement], ConnectRequirements.Of([field, field]));

    private static Task<PayoutAccountView?> ReadAsync(StripeHouse house, Actor by) =>
        house.House.ActAsync<IPayoutAccounts, PayoutAccountView?>(by, a => a.ReadAsync(Cny, default));

    private static Task<Outcome<PayoutAccountView>> RefreshAsync(StripeHouse house, Actor by) =>
        house.House.ActAsync<IPayoutAccounts, Outcome<PayoutAccountView>>(by, a => a.RefreshAsync(Cny, default));

    private static Task<PayoutDestinationView?> DestinationAsync(StripeHouse house, string center) =>
        PayoutSteps.PayoutsAsync(house.House, Center(center), p => p.DestinationAsync(Cny, default));
}
