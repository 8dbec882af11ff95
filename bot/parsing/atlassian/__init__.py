"""What Confluence and Jira store: storage format and the Atlassian Document Format."""
