using Marketplace.Market.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Feedback;
using Marketplace.Web.Components.Shared.Forms;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Operators.Bundles;

/// <summary>The builder of one bundle: recipe, form, price and YAML of the same draft. Pushes never overwrite what is being written.</summary>
public sealed partial class BundlePage : LivePage
{
    private const string NewId = "new";
    private const string FormView = "form";
    private const string YamlView = "yaml";

    [Parameter]
    public string BundleId { get; set; } = NewId;

    [Inject]
    private Toasts Toasts { get; set; } = default!;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    private FormErrors Errors { get; } = new();
    private FormErrors Tried { get; } = new();
    private BundleForm? Form { get; set; }
    private BundleView? View { get; set; }
    private bool Missing { get; set; }
    private string? LoadedId { get; set; }
    private string Shown { get; set; } = FormView;
    private string? Yaml { get; set; }
    private string? YamlError { get; set; }
    private IReadOnlyList<OfferView> Offers { get; set; } = [];
    private TradeRates? Rates { get; set; }
    private bool Withdrawing { get; set; }
    private string? WithdrawFailure { get; set; }

    private IReadOnlyList<Crumb> Crumbs => [new(T["Title"], "/operator/bundles")];

    private IReadOnlyList<Choice<string>> Views => [new(FormView, T["View.Form"], null), new(YamlView, T["View.Yaml"], null)];

    /// <summary>What the operator sells, and whatever the recipe names already.</summary>
    private IReadOnlyList<string> Models =>
        [
            .. Offers
                .Select(o => o.DeviceModel)
                .OfType<string>()
                .Concat(Form!.Roles.SelectMany(r => r.Variants).Select(v => v.DeviceModel).Where(m => m.Length > 0))
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];

    internal static Tone ToneOf(BundleState state) =>
        state switch
        {
            BundleState.Published => Tone.Running,
            BundleState.Draft => Tone.Waiting,
            _ => Tone.Ended,
        };

    protected override async Task OnParametersSetAsync()
    {
        if (LoadedId == BundleId)
            return;
        LoadedId = BundleId;
        Rates = (await Actions.RunAsync<IMarketCatalog, Outcome<TradeRates>>(c => c.RatesAsync(Gone))).Value;
        var offers = await Actions.RunAsync<IOffers, Page<OfferView>>(o =>
            o.ListAsync(new OfferQuery { State = OfferState.OnSale, Limit = PageQuery.MaxLimit }, Gone)
        );
        Offers = offers.Items;
        if (BundleId == NewId)
        {
            Form = BundleForm.Empty();
            Form.Roles[0].Variants[0].DeviceModel = Models.FirstOrDefault() ?? "";
            return;
        }
        var me = await Actions.PersonAsync();
        View = await Actions.RunAsync<IBundles, BundleView?>(b => b.FindAsync(BundleId, Gone));
        Missing = View is null || View.OperatorId != me.WorkspaceId;
        if (!Missing)
            Form = BundleForm.From(new SaveBundle(View!.Title, View.Summary, View.Industry, View.Recipe));
    }

    private void Changed() => StateHasChanged();

    private async Task ShowAsync(string? view)
    {
        Shown = view ?? FormView;
        YamlError = null;
        if (Shown == YamlView)
            Yaml = await Actions.RunAsync<IBundles, string>(b => Task.FromResult(b.ToYaml(Form!.ToSave())));
    }

    private async Task ReadYamlAsync(string? text)
    {
        Yaml = text;
        var read = await Actions.RunAsync<IBundles, Outcome<SaveBundle>>(b => Task.FromResult(b.FromYaml(text ?? "")));
        YamlError = read.IsOk ? null : string.Join(' ', read.Problem.Errors.Select(e => $"{Problems[e.Message]} {Problems[e.Fix]}"));
        if (read.IsOk)
            Form = BundleForm.From(read.Value);
    }

    private async Task SaveAsync()
    {
        if (await StoreAsync() is not { } saved)
            return;
        Toasts.Show(Tone.Running, T["Saved", saved.Title, saved.Version]);
        Opened(saved);
    }

    /// <summary>Saves what is in the form when it differs from the draft, and publishes it.</summary>
    private async Task PublishAsync()
    {
        if (await StoreAsync() is not { } saved)
            return;
        var published = await Actions.RunAsync<IBundles, Outcome<BundleView>>(b =>
            b.ChangeStateAsync(saved.Id, BundleState.Published, Gone)
        );
        if (!published.IsOk)
            Errors.Set(published.Problem);
        else
            Toasts.Show(Tone.Running, T["Published", saved.Title, saved.Version]);
        Opened(published.IsOk ? published.Value : saved);
    }

    private async Task<BundleView?> StoreAsync()
    {
        Errors.Clear();
        if (YamlError is not null || Errors.RefusesUnread())
            return null;
        SaveBundle request = Form!.ToSave();
        var saved = await Actions.RunAsync<IBundles, Outcome<BundleView>>(b =>
            View is { } view ? b.SaveAsync(view.Id, request, Gone) : b.CreateAsync(request, Gone)
        );
        if (saved.IsOk)
            return saved.Value;
        // The fields with the errors stand in the builder.
        Shown = FormView;
        Errors.Set(saved.Problem);
        return null;
    }

    private void Opened(BundleView view)
    {
        View = view;
        if (BundleId == NewId)
        {
            LoadedId = view.Id;
            Navigation.NavigateTo($"/operator/bundles/{view.Id}", replace: true);
        }
    }

    private async Task<bool> WithdrawAsync()
    {
        var changed = await Actions.RunAsync<IBundles, Outcome<BundleView>>(b => b.ChangeStateAsync(View!.Id, BundleState.Withdrawn, Gone));
        WithdrawFailure = changed.IsOk ? null : Problems[changed.Problem.Detail].Value;
        if (!changed.IsOk)
            return false;
        View = changed.Value;
        Toasts.Show(Tone.Running, T["Withdrawn", changed.Value.Title]);
        return true;
    }
}
