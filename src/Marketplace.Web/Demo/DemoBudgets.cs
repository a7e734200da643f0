using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Projects;

namespace Marketplace.Web.Demo;

/// <summary>The customers' projects, and budgets: those of the first customer wide enough for whoever tries the demo, one of the second used up.</summary>
internal sealed class DemoBudgets(DemoMarket market, IServiceScopeFactory scopes)
{
    public const string Vision = "Vision";
    public const string Archive = "Archive";
    private static readonly string[] Projects = [Vision, "Speech", "Robotics", Archive];

    /// <summary>The project a demo workload belongs to, by its name; null for some.</summary>
    public static string? ProjectOf(string workload) =>
        workload.Split('-')[0] switch
        {
            "vision" or "map" or "ct" => Vision,
            "speech" or "asr" or "report" => "Speech",
            "grasp" => "Robotics",
            "archive" => Archive,
            _ => null,
        };

    public async Task EnsureProjectsAsync(CancellationToken ct)
    {
        foreach (PartyView customer in await CustomersAsync(ct))
        {
            Actor owner = DemoMarket.Owner(customer);
            var known = await scopes.ActAsync<IProjects, Page<ProjectView>>(
                owner,
                p => p.ListAsync(new ProjectQuery { Limit = PageQuery.MaxLimit }, ct)
            );
            // Renamed or archived by a visitor is still there.
            if (known.Items.Count > 0)
                continue;
            foreach (string name in Projects)
                _ = (await scopes.ActAsync<IProjects, Outcome<ProjectView>>(owner, p => p.CreateAsync(new NameProject(name), ct))).Value;
        }
    }

    public async Task EnsureBudgetsAsync(CancellationToken ct)
    {
        var parties = await market.PartiesAsync(ct);
        Actor owner = DemoMarket.Owner(parties[DemoScript.Parties[0].Name]);
        // Small enough that three weeks of speech have passed its first threshold, and there is an alert to see.
        await MakeAsync(
            owner,
            "speech",
            Of("Speech trial", BudgetKind.Month, 4_000m) with
            {
                Scope = BudgetScope.Project,
                ScopeId = Projects[1],
            },
            ct
        );
        // Made after the purchase it stops, which it would have refused.
        await MakeAsync(
            DemoMarket.Owner(parties[DemoScript.Parties[1].Name]),
            "archive",
            Of("Archive trial", BudgetKind.Total, 5m) with
            {
                Scope = BudgetScope.Project,
                ScopeId = Archive,
                HardStop = true,
            },
            ct
        );
        var vision = (
            await scopes.ActAsync<IProjects, Page<ProjectView>>(
                owner,
                p => p.ListAsync(new ProjectQuery { Search = Vision, State = ProjectState.Active }, ct)
            )
        ).Items.FirstOrDefault();
        await MakeAsync(owner, "month", Of("All compute", BudgetKind.Month, 250_000m), ct);
        await MakeAsync(owner, "rate", Of("Running at once", BudgetKind.HourlyRate, 2_500m), ct);
        if (vision is not null)
            await MakeAsync(
                owner,
                "vision",
                Of("Vision campaign", BudgetKind.Month, 60_000m) with
                {
                    Scope = BudgetScope.Project,
                    ScopeId = vision.Id,
                    HardStop = true,
                },
                ct
            );
    }

    private static CreateBudget Of(string name, BudgetKind kind, decimal amount) =>
        new(name, BudgetScope.Organization, kind, amount, Currency.Cny.Code);

    // By key: a restart finds what is there, and what a person changed or ended stays so.
    private async Task MakeAsync(Actor owner, string key, CreateBudget request, CancellationToken ct) =>
        _ = (await scopes.ActAsync<IBudgets, Outcome<BudgetView>>(owner, b => b.CreateAsync(request, $"demo-budget-{key}", ct))).Value;

    private async Task<IEnumerable<PartyView>> CustomersAsync(CancellationToken ct) =>
        (await market.PartiesAsync(ct)).Values.Where(p => p.Kinds.HasFlag(PartyKinds.Customer));
}
