using Marketplace.Billing.Contracts;
using Marketplace.Web.Components.Shared.Icons;

namespace Marketplace.Web.Components.Layout.Navigation;

/// <summary>What a person is here as. One organisation may be several; a person may belong to several organisations.</summary>
public enum WorkspaceKind
{
    Customer,
    Center,
    Operator,
    Admin,
}

/// <summary>One entry of the rail. It shows once a page with its route exists.</summary>
/// <param name="Id">Stable key, the key of its count in <see cref="NavigationView.Counts"/>.</param>
/// <param name="Href">The page's route, for example <c>/orders</c>.</param>
/// <param name="LabelKey">Key in LayoutText.resx, for example <c>Nav.Orders</c>.</param>
/// <param name="PhoneTab">True for the (at most four) entries that are tabs on a phone.</param>
public sealed record NavItem(string Id, string Href, string LabelKey, IconName Icon, bool PhoneTab = false);

/// <summary>A titled group of entries; the first group of a workspace has no title.</summary>
public sealed record NavSection(string? TitleKey, IReadOnlyList<NavItem> Items);

/// <summary>A number beside an entry.</summary>
/// <param name="WaitsForYou">True paints it amber: something waits for this person.</param>
public sealed record NavCount(int Value, bool WaitsForYou = false);

/// <summary>The one number the role lives by, at the end of the rail. Texts are already in the person's language.</summary>
/// <param name="Fraction">0 to 1 draws a meter below the number; null draws none.</param>
public sealed record NavFoot(string Label, string Value, string? Note = null, double? Fraction = null, bool Good = false);

/// <summary>One entry of the workspace switcher.</summary>
/// <param name="Href">Where choosing it leads; it may pass through an endpoint that changes the acting organisation.</param>
/// <param name="IsCurrent">True for the organisation the person acts for in this kind of workspace.</param>
public sealed record WorkspaceView(string OrganisationId, string Name, WorkspaceKind Kind, string Href, bool IsCurrent);

/// <summary>The signed-in person.</summary>
public sealed record PersonView(string Name, string? Email);

/// <summary>Everything the shell shows that comes from data. Absent figures are simply not shown.</summary>
public sealed record NavigationView(
    PersonView? Person,
    IReadOnlyList<WorkspaceView> Workspaces,
    IReadOnlyDictionary<string, NavCount> Counts,
    NavFoot? Foot
)
{
    /// <summary>What the acting customer has past due, for a notice on every page.</summary>
    public IReadOnlyList<ArrearsView> PastDue { get; init; } = [];

    /// <summary>Nobody is signed in.</summary>
    public static readonly NavigationView Nobody = new(null, [], new Dictionary<string, NavCount>(StringComparer.Ordinal), null);
}
