using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling.Model;
using Marketplace.Testing;
using static Marketplace.Orders.Tests.OrdersHouse;

namespace Marketplace.Orders.Tests;

/// <summary>A bought contract in the export: what billing does not know itself comes from the contract, its site and its offer.</summary>
public sealed class ExportTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private static async Task<IReadOnlyDictionary<string, string>> UsageRowAsync(OrdersHouse house, Actor who, string contractId)
    {
        var table = await house.As<IExports, CsvTable>(
            who,
            async exports =>
            {
                await using var bytes = new MemoryStream();
                await Ok(exports.Focus(new FocusQuery(house.Now.AddDays(-1), house.Now.AddDays(1)))).WriteAsync(bytes, default);
                return CsvTable.Parse(bytes.ToArray());
            }
        );
        return Assert.Single(table.Rows, r => r["x_ContractId"] == contractId && r["ChargeCategory"] == "Usage");
    }

    private static async Task<ContractView> UseAsync(OrdersHouse house, WorkloadRequest request)
    {
        var contract = await house.BuyAsync(request);
        DateTimeOffset ready = house.Now;
        await house.ReportAsync(contract.Id, WorkloadPhase.Ready, readyAt: ready);
        house.Time.Advance(TimeSpan.FromMinutes(30));
        await house.RelayAsync(house.Usage(contract, ready, 0.5m));
        return contract;
    }

    [Fact]
    public async Task Every_side_sees_where_and_on_what_it_ran()
    {
        await using var house = await OpenAsync(db);
        var contract = await UseAsync(house, house.Request());
        foreach (Actor who in new[] { house.Customer, house.Operator, house.Center })
        {
            var row = await UsageRowAsync(house, who, contract.Id);
            Assert.Equal(
                ("cn-north-1", "cloud", "NVIDIA", FakeInventories.Model, "1", contract.OrderId),
                (
                    row["RegionId"],
                    row["x_SiteTier"],
                    row["x_AcceleratorVendor"],
                    row["x_AcceleratorModel"],
                    row["x_DeviceFraction"],
                    row["x_OrderId"]
                )
            );
            Assert.Equal("Hall One", row["HostProviderName"]);
        }
        Assert.Equal("6.25", (await UsageRowAsync(house, house.Operator, contract.Id))["BilledCost"]);
        Assert.Equal("5", (await UsageRowAsync(house, house.Center, contract.Id))["BilledCost"]);
    }

    [Fact]
    public async Task A_white_label_offer_hides_its_center_from_the_customer_only()
    {
        await using var house = await OpenAsync(db);
        string offerId = Ok(
            await house.As<IOffers, Outcome<OfferView>>(
                house.Operator,
                o =>
                    o.CreateAsync(new CreateOffer(house.ListingId, "Own brand", 0.25m, [ContractClass.OnDemand], WhiteLabel: true), default)
            )
        ).Id;
        Ok(await house.As<IOffers, Outcome<OfferView>>(house.Operator, o => o.ChangeStateAsync(offerId, OfferState.OnSale, default)));
        var contract = await UseAsync(house, house.Request() with { OfferId = offerId });
        Assert.Equal("Light Cloud", (await UsageRowAsync(house, house.Customer, contract.Id))["HostProviderName"]);
        Assert.Equal("Hall One", (await UsageRowAsync(house, house.Operator, contract.Id))["HostProviderName"]);

        // The contract itself keeps the secret as well, and the sides that know it anyway see it.
        var seen = await house.ContractAsync(contract.Id);
        Assert.Equal(("", null), (seen.CenterId, seen.CenterName));
        Assert.Equal("Hall One", (await house.ContractAsync(contract.Id, house.Operator)).CenterName);
        Assert.Equal("Hall One", (await house.ContractAsync(contract.Id, house.Center)).CenterName);
        Assert.Equal(
            "Hall One",
            (await house.ContractAsync((await house.BuyAsync(house.Request() with { OfferId = house.OfferId })).Id)).CenterName
        );
    }
}
