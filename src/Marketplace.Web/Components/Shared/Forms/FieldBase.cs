using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Shared.Forms;

/// <summary>What every form field has: a label, a hint, an error of its own, and the ids that tie them together.</summary>
public abstract class FieldBase<TValue> : ComponentBase, IDisposable
{
    private string? _claimed;

    [CascadingParameter]
    private protected FormErrors? Errors { get; set; }

    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    [Parameter, EditorRequired]
    public string Label { get; set; } = "";

    /// <summary>One short line of help.</summary>
    [Parameter]
    public string? Hint { get; set; }

    /// <summary>JSON pointer that the validator uses for this field, for example <c>/cards</c>.</summary>
    [Parameter]
    public string? Field { get; set; }

    /// <summary>An error that does not come from the validator.</summary>
    [Parameter]
    public string? Error { get; set; }

    /// <summary>Form name, needed on static pages only, for example <c>Input.Email</c>.</summary>
    [Parameter]
    public string? Name { get; set; }

    [Parameter]
    public bool Required { get; set; }

    [Parameter]
    public bool Disabled { get; set; }

    [Parameter]
    public TValue? Value { get; set; }

    [Parameter]
    public EventCallback<TValue> ValueChanged { get; set; }

    /// <summary>Attributes for the input itself, such as <c>autocomplete</c>.</summary>
    [Parameter(CaptureUnmatchedValues = true)]
    public IReadOnlyDictionary<string, object>? Rest { get; set; }

    protected string InputId { get; } = ElementIds.Next("field");

    protected string? ShownError => Error ?? (Errors?.Of(Field) is { } error ? Problems[error.Message].Value : null);

    protected string? ShownFix => Error is null && Errors?.Of(Field) is { } error ? Problems[error.Fix].Value : null;

    protected string? DescribedBy =>
        (Hint, ShownError) switch
        {
            (null, null) => null,
            (not null, null) => InputId + "-hint",
            (null, not null) => InputId + "-error",
            _ => InputId + "-error " + InputId + "-hint",
        };

    protected string? Invalid => ShownError is null ? null : "true";

    protected Task ChangeAsync(TValue value)
    {
        Value = value;
        return ValueChanged.InvokeAsync(value);
    }

    protected override void OnInitialized()
    {
        if (Errors is not null)
        {
            Errors.Changed += Refresh;
        }
    }

    protected override void OnParametersSet()
    {
        if (_claimed != Field)
        {
            Release();
            if (Field is not null)
            {
                Errors?.Claim(Field);
            }

            _claimed = Field;
        }
    }

    public void Dispose()
    {
        if (Errors is not null)
        {
            Errors.Changed -= Refresh;
        }

        Errors?.Read(InputId, taken: true);
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        if (_claimed is not null)
        {
            Errors?.Release(_claimed);
        }
    }

    private void Refresh() => _ = InvokeAsync(StateHasChanged);
}
