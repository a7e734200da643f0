using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;

namespace Marketplace.Web.Demo;

/// <summary>What stands on invoices and where earnings go. Invented, as the parties are.</summary>
internal static class DemoPapers
{
    private static readonly Dictionary<string, BillingProfile> Profiles = new(StringComparer.Ordinal)
    {
        ["Lingxi Robotics"] = new(
            "Lingxi Robotics Co., Ltd.",
            "91110108MA0DEMO01X",
            "18 Zhongguancun East Road\nHaidian, Beijing 100083",
            "finance@lingxi.example",
            "en"
        ),
        ["Pearl River Hospitals"] = new(
            "Pearl River Hospitals Group",
            "91440101MA0DEMO02X",
            "66 Yanjiang West Road\nYuexiu, Guangzhou 510120",
            "accounts@pearlriver.example",
            "en"
        ),
    };

    // The others have none yet: so a payout that waits for one can be seen too.
    private static readonly Dictionary<string, PayoutDestination> Accounts = new(StringComparer.Ordinal)
    {
        ["Hohhot Green Compute"] = new("Hohhot Green Compute", "6222020200112233445", "ICBKCNBJ", "ICBC Hohhot"),
        ["Yunlan Cloud"] = new("Yunlan Cloud", "6225880110998877665", "CMBCCNBS", "China Merchants Bank"),
    };

    /// <summary>Who sells in the demo, where the settings do not say.</summary>
    public static void Seller(Billing.BillingOptions options)
    {
        if (options.SellerAddress.Length > 0 || options.SellerTaxId.Length > 0)
            return;
        options.SellerAddress = "1 Suanli Road\nPudong, Shanghai 200120";
        options.SellerTaxId = "91310115MA0DEMO00X";
    }

    /// <summary>Gives a party what it has not given itself.</summary>
    public static async Task EnsureAsync(IServiceScopeFactory scopes, PartyView party, CancellationToken ct)
    {
        Actor owner = DemoMarket.Owner(party);
        if (
            Profiles.TryGetValue(party.Name, out BillingProfile? profile)
            && await scopes.ActAsync<IBillingProfiles, BillingProfile?>(owner, p => p.FindAsync(party.Id, ct)) is null
        )
            _ = (await scopes.ActAsync<IBillingProfiles, Outcome<BillingProfile>>(owner, p => p.SaveAsync(profile, ct))).Value;
        if (
            Accounts.TryGetValue(party.Name, out PayoutDestination? account)
            && await scopes.ActAsync<IPayouts, PayoutDestinationView?>(owner, p => p.DestinationAsync(Currency.Cny, ct)) is null
        )
            _ = (
                await scopes.ActAsync<IPayouts, Outcome<PayoutDestinationView>>(
                    owner,
                    p => p.SetDestinationAsync(Currency.Cny, account, ct)
                )
            ).Value;
    }
}
