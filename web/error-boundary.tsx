import { Component, type ComponentChildren } from 'preact'

interface Props {
  /** What is shown: another is tried anew. */
  readonly address: string
  readonly children: ComponentChildren
}

interface State {
  readonly error?: Error | undefined
  readonly address: string
}

/** Keeps an error of one view from ending the whole page. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { address: this.props.address }

  static override getDerivedStateFromError = (error: Error): Partial<State> => ({ error })

  static override getDerivedStateFromProps = ({ address }: Props, state: State): Partial<State> | null =>
    address === state.address ? null : { address, error: undefined }

  override render({ children }: Props, { error }: State) {
    if (!error) return children
    return (
      <div class="no-such-site" role="alert">
        <h1>This view could not be shown</h1>
        <p>{error.message}</p>
        <p>
          <button type="button" onClick={() => this.setState({ error: undefined })}>
            Try again
          </button>{' '}
          <a href="./">All telescopes</a>
        </p>
      </div>
    )
  }
}
