using System.Globalization;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Web.Components.Layout.Navigation;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Features.Audit;

/// <summary>Who did what: a party its own events, the network desk everybody's.</summary>
public sealed partial class AuditPage : LivePage
{
    private static readonly string[] Kinds =
    [
        "party",
        "member",
        "invitation",
        "credential",
        "session",
        "cluster",
        "site",
        "listing",
        "resale",
        "offer",
        "bundle",
        "quote",
        "order",
        "bulk-order",
        "contract",
        "kubeconfig",
        "payment",
        "credit",
        "job",
        "message",
        "api",
    ];

    private IReadOnlyDictionary<string, PartyView> parties = new Dictionary<string, PartyView>(StringComparer.Ordinal);

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    private IReadOnlyList<FilterSpec> Filters { get; set; } = [];

    private bool IsDesk => Workspaces.Of(Navigation.ToBaseRelativePath(Navigation.Uri)) == WorkspaceKind.Admin;

    protected override void OnInitialized() =>
        Filters = [
            new(T["Kind"], "kind", T["Any"], [.. Kinds.Select(k => new Choice<string>(k, T[$"Kind.{k}"]))]),
            new(
                T["Outcome"],
                "outcome",
                T["Any"],
                [.. Enum.GetNames<AuditOutcome>().Select(o => new Choice<string>(o, T[$"Outcome.{o}"]))]
            ),
            new(
                T["Period"],
                "days",
                T["Period.Any"],
                [.. new[] { "1", "7", "30" }.Select(d => new Choice<string>(d, T["Period.Days", d]))]
            ),
        ];

    private async Task<GridPage<AuditEventView>> LoadAsync(GridQuery query, CancellationToken cancellation)
    {
        var asked = new AuditQuery
        {
            Skip = query.Skip,
            Limit = query.Size,
            Search = query.Search,
            Action = query.Filter("kind"),
            Outcome = Enum.TryParse(query.Filter("outcome"), out AuditOutcome outcome) ? outcome : null,
            From = int.TryParse(query.Filter("days"), CultureInfo.InvariantCulture, out int days) ? Time.GetUtcNow().AddDays(-days) : null,
        };
        var page = await Actions.RunAsync<AuditDesk, Outcome<Page<AuditEventView>>>(a => a.ListAsync(asked, cancellation));
        if (IsDesk && page.IsOk)
        {
            string[] ids = [.. page.Value.Items.Select(e => e.PartyId).Where(id => id.Length > 0).Distinct(StringComparer.Ordinal)];
            parties = await Actions.RunAsync<IParties, IReadOnlyDictionary<string, PartyView>>(p => p.FindManyAsync(ids, cancellation));
        }
        return page.ToGrid();
    }

    private string NameOf(AuditEventView e) => e.ActorKind == AuditActor.System ? T["Actor.System.Name"] : e.ActorName;

    private string PartyOf(AuditEventView e) => parties.TryGetValue(e.PartyId, out PartyView? party) ? party.Name : e.PartyId;

    private string ActionOf(string action) => T[$"Action.{action}"] is { ResourceNotFound: false } words ? words : action;
}
