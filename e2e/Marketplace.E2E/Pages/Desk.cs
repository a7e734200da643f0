using Microsoft.Playwright;

namespace Marketplace.E2E.Pages;

/// <summary>Signing up, and the mails that wait in the development outbox.</summary>
public sealed class SignUpPage(Visitor visitor)
{
    private Words Words => visitor.Words;

    /// <summary>Makes a person and an organisation that does these things: <c>Customer</c>, <c>Center</c> or <c>Operator</c>.</summary>
    public async Task SignUpAsync(string name, string email, string organization, params string[] kinds)
    {
        await visitor.Page.GotoAsync("/sign-up");
        await visitor.FillAsync(Words["AccountText", "Name"], name);
        await visitor.FillAsync(Words["AccountText", "Email"], email);
        await visitor.FillAsync(Words["AccountText", "Password"], Visitor.DemoPassword);
        await visitor.FillAsync(Words["AccountText", "Organization"], organization);
        foreach (string kind in new[] { "Customer", "Center", "Operator" })
            await visitor.Field(Words["AccountText", $"Kinds.{kind}"]).SetCheckedAsync(kinds.Contains(kind, StringComparer.Ordinal));
        await visitor.Field(Words["AccountText", "Country"]).SelectOptionAsync("CN");
        await visitor.Button(Words["AccountText", "SignUp.Submit"]).ClickAsync();
        await visitor.Page.Locator("nav.rail").WaitForAsync();
    }

    /// <summary>Opens the newest mail to this address and follows its link.</summary>
    public async Task ConfirmByMailAsync(string email)
    {
        await visitor.Page.GotoAsync("/dev/outbox");
        var mail = visitor.Page.GetByRole(AriaRole.Article).Filter(new LocatorFilterOptions { HasText = email });
        await mail.GetByRole(AriaRole.Link).First.ClickAsync();
        await visitor.Button(Words["AccountText", "Confirm.Submit"]).ClickAsync();
    }
}

/// <summary>The network desk reads the bank's statements.</summary>
public sealed class BankPage(Visitor visitor)
{
    private Words Words => visitor.Words;

    public ILocator Row(string reference) => visitor.Page.GetByRole(AriaRole.Row).Filter(new LocatorFilterOptions { HasText = reference });

    public Task OpenAsync() => visitor.OpenAsync("/admin/bank");

    public Task ImportAsync(string statement) =>
        visitor
            .Page.Locator("main input[type=file]")
            .SetInputFilesAsync(
                new FilePayload
                {
                    Name = "statement.csv",
                    MimeType = "text/csv",
                    Buffer = System.Text.Encoding.UTF8.GetBytes(statement),
                }
            );

    /// <summary>Credits a customer with an entry.</summary>
    public async Task AssignAsync(string reference, string customer)
    {
        await Act(reference, "Assign").ClickAsync();
        await visitor.Dialog.GetByRole(AriaRole.Combobox).SelectOptionAsync(new SelectOptionValue { Label = customer });
        await visitor.ConfirmAsync(Words["BankText", "Assign"]);
    }

    public async Task DismissAsync(string reference, string reason)
    {
        await Act(reference, "Dismiss").ClickAsync();
        await visitor.Dialog.GetByRole(AriaRole.Textbox).FillAsync(reason);
        await visitor.ConfirmAsync(Words["BankText", "Dismiss"]);
    }

    private ILocator Act(string reference, string verb) => visitor.Button(Words["BankText", "Act.Of", Words["BankText", verb], reference]);
}

/// <summary>The network desk decides who may trade.</summary>
public sealed class PartiesPage(Visitor visitor)
{
    private Words Words => visitor.Words;

    public ILocator Row(string name) => visitor.Page.GetByRole(AriaRole.Row).Filter(new LocatorFilterOptions { HasText = name });

    public Task SearchAsync(string name) => visitor.OpenAsync($"/admin/parties?q={Uri.EscapeDataString(name)}");

    public async Task ApproveAsync(string name, string reason)
    {
        string approve = Words["AdminText", "Decide.Approve"];
        await Row(name).GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = approve, Exact = true }).ClickAsync();
        await visitor.Dialog.GetByLabel(Words["AdminText", "Decide.Reason"]).FillAsync(reason);
        await visitor.ConfirmAsync(approve);
    }
}
