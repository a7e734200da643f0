using Marketplace.Billing.Contracts;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Web.Tests.Hosting;

/// <summary>Money spent without a market around it.</summary>
internal static class SpendingSamples
{
    /// <summary>A contract with a hold of 200 CNY of which some is spent; returns its id.</summary>
    /// <param name="cardHours">At 10 CNY each, tax included.</param>
    public static Task<string> SpendAsync(
        this PortalHost host,
        string customerId,
        decimal cardHours,
        string? projectId = null,
        string operatorId = "org_o",
        string centerId = "org_c",
        string? bundleId = null
    ) =>
        host.ActAsync<IServiceProvider, string>(
            Actor.System,
            async services =>
            {
                string id = services.GetRequiredService<IdFactory>().New(IdPrefix.Contract);
                DateTimeOffset now = host.Time.GetUtcNow();
                PortalHost.Must(
                    await services
                        .GetRequiredService<IPayments>()
                        .GrantAsync(customerId, Money.From(200, Currency.Cny), "campaign", $"grant/{id}", default)
                );
                PortalHost.Must(
                    await services
                        .GetRequiredService<ILedger>()
                        .HoldAsync($"contract:{id}", customerId, Money.From(200, Currency.Cny), null, default)
                );
                var rating = services.GetRequiredService<IRating>();
                await rating.RegisterAsync(
                    new ContractTerms(
                        id,
                        "ord_1",
                        customerId,
                        operatorId,
                        centerId,
                        "CNY",
                        "A100",
                        "1 × A100",
                        10,
                        8,
                        0.05m,
                        0,
                        "CN",
                        $"contract:{id}"
                    ),
                    default
                );
                services
                    .GetRequiredService<IBudgetAdmission>()
                    .Register([
                        new ContractScope(id, customerId, projectId, "usr_1", Money.From(10, Currency.Cny)) { BundleId = bundleId },
                    ]);
                await services.GetRequiredService<MarketplaceDbContext>().SaveChangesAsync();
                await rating.RecordAsync(
                    [new UsageReading("agent", $"evt-{id}", id, "alc_1", "card-seconds", cardHours * 3600, now, now.AddHours(1), false)],
                    default
                );
                return id;
            }
        );

    public static async Task<BudgetView> BudgetAsync(
        this PortalHost host,
        string customerId,
        BudgetKind kind,
        decimal amount,
        bool hardStop = false,
        string name = "Compute"
    ) =>
        PortalHost.Must(
            await host.ActAsync<IBudgets, Outcome<BudgetView>>(
                new Actor(customerId, PartyKinds.Customer, MemberRole.Owner) { Name = "Ada" },
                b =>
                    b.CreateAsync(
                        new CreateBudget(name, BudgetScope.Organization, kind, amount, "CNY") { HardStop = hardStop },
                        $"{customerId}/{kind}/{amount}",
                        default
                    )
            )
        );
}
